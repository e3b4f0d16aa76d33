import { openStore, type StoreAddress } from '../../src/store/open.ts';
import { cp1, numbered } from './store-records.ts';

/** A process that takes one batch after the other into the store until it is killed, and tells each once it is durable; see `store.ts`. */
const [address = ''] = process.argv.slice(2);
const parsed: StoreAddress = JSON.parse(address);
const outcome = await openStore(parsed);
if (outcome.kind === 'refused') throw new Error(outcome.message);
const { streams } = outcome.store;

for (let last = await streams.last('prod', 'node', 'cp-1', 's1'); ; ) {
  ({ last } = await streams.take(cp1, last + 1, numbered(last + 1, last + 1 + (last % 7))));
  process.stdout.write(`${last}\n`);
}
