import { Command } from 'commander';
import type { AgentKey } from '../store/store.ts';
import type { Call } from './command.ts';
import { EXIT } from './exit.ts';
import { table } from './table.ts';
import { withStore } from './with-store.ts';

/** `apidown keys list` and `apidown keys revoke` */
export function keysCommand(call: Call): Command {
  const keys = new Command('keys').description('the keys by which agents are let in');
  keys
    .command('list')
    .description('all keys that were ever enrolled, revoked ones too')
    .option('--cluster <name>', 'of this cluster alone')
    .option('--json', 'print JSON, as docs/cli.md describes')
    .action((options: { cluster?: string; json?: true }, command: Command) =>
      withStore(call, command, async (store) => {
        const found = await store.keys.list(options.cluster);
        if (options.json) call.out(`${JSON.stringify(found.map(listed))}\n`);
        else if (found.length > 0) call.out(keyTable(found));
        else call.note('No key is enrolled; `apidown enroll CLUSTER` makes one.\n');
        return EXIT.ok;
      }),
    );
  keys
    .command('revoke <id>')
    .description('let no agent in with this key any more')
    .option('--json', 'print JSON, as docs/cli.md describes')
    .action((id: string, options: { json?: true }, command: Command) =>
      withStore(call, command, async (store) => {
        if (!(await store.keys.revoke(id, call.clock.now()))) {
          call.note(`apidown: there is no key ${id}; \`apidown keys list\` shows them all.\n`);
          return EXIT.failed;
        }
        const key = await store.keys.find(id);
        if (options.json && key !== null) call.out(`${JSON.stringify(listed(key))}\n`);
        call.note(`Key ${id} of ${key?.cluster}, role ${key?.role}, is revoked.\n`);
        return EXIT.ok;
      }),
    );
  return keys;
}

function listed(key: AgentKey) {
  const { id, cluster, role, createdAt, revokedAt } = key;
  return { id, cluster, role, createdAt: iso(createdAt), revokedAt: revokedAt === null ? null : iso(revokedAt) };
}

function keyTable(keys: readonly AgentKey[]): string {
  const rows = keys.map((key) => {
    const state = key.revokedAt === null ? 'valid' : `revoked ${iso(key.revokedAt)}`;
    return [key.id, key.cluster, key.role, iso(key.createdAt), state];
  });
  return table(['KEY', 'CLUSTER', 'ROLE', 'ENROLLED', 'STATE'], rows);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
