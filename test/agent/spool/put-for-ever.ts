import { openSpool } from '../../../src/agent/spool/spool.ts';
import { change } from './records.ts';

/** Puts changes until it is killed, and says each that is on the disk. */
const silent = () => {};
const spool = await openSpool({
  dir: process.argv[2] ?? '',
  cluster: 'prod',
  instance: 'cp-1',
  mostBytes: 64_000_000,
  clock: Date.now,
  log: { debug: silent, info: silent, warn: silent, error: silent },
});
for (let count = 0; ; count += 1) {
  spool.put(change(`${process.argv[3]}-${count}`, Date.now()));
  if (count % 7 !== 0) continue;
  await spool.written();
  process.stdout.write(`${count}\n`);
}
