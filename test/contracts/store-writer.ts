import { openStore, type StoreAddress } from '../../src/store/open.ts';

/** A process that appends to investigation `inv-a` until it has been acknowledged often enough; see `store.ts`. */
const [address = '', person = '', count = ''] = process.argv.slice(2);
const parsed: StoreAddress = JSON.parse(address);
const outcome = await openStore(parsed);
if (outcome.kind === 'refused') throw new Error(outcome.message);
const { investigations } = outcome.store;

for (let done = 0; done < Number(count); ) {
  const id = `${person}-${done + 1}`;
  const seq = (await investigations.events('inv-a')).length;
  const mine = await investigations.append('inv-a', seq, [
    { kind: 'moved', at: 2_000, by: { kind: 'person', id }, to: 'inside' },
  ]);
  if (!mine) continue;
  done += 1;
  process.stdout.write(`${id}\n`);
}
await outcome.store.close();
