import { Command, InvalidArgumentError, Option } from 'commander';
import type { Settings } from '../config/schema.ts';
import { readTextFile } from '../config/text-file.ts';
import { enrolmentFile, enrolmentSecret } from '../link/enrolment.ts';
import { makeKeyPair } from '../link/keys.ts';
import type { Store } from '../store/store.ts';
import { Role } from '../words/vantage.ts';
import { knownCluster } from './clusters.ts';
import type { Call } from './command.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { withStore } from './with-store.ts';

interface EnrollOptions {
  readonly role?: readonly Role[];
  readonly namespace: string;
  readonly nodeNamespace?: string;
  readonly format: 'secret' | 'file';
  readonly json?: true;
}

/** `apidown enroll CLUSTER`: a key for each role, its public half to the store, its private half to standard output alone. */
export function enrollCommand(call: Call): Command {
  return new Command('enroll')
    .description('make the keys by which agents of a cluster are let in, and print what they need')
    .argument('<cluster>', 'its name in the configuration')
    .option('--role <role>', 'cluster, node or vantage; may be repeated (default: cluster and node)', collectRole)
    .option('--namespace <name>', 'where the cluster agent (and a vantage agent) runs', 'apidown')
    .option('--node-namespace <name>', 'where the node agents run (default: the namespace with "-node" behind it)')
    .addOption(
      new Option('--format <form>', 'a Kubernetes Secret, or the file itself for a static pod or a host')
        .choices(['secret', 'file'])
        .default('secret'),
    )
    .option('--json', 'print JSON, as docs/cli.md describes; it holds the private keys')
    .addHelpText(
      'after',
      `
What it prints holds private keys. Hand it straight on:
  apidown enroll prod | kubectl --context prod apply -f -
  apidown enroll prod --role node --format file > enrolment.yaml    (then to /etc/apidown/ on the node, mode 0600)`,
    )
    .action((cluster: string, options: EnrollOptions, command: Command) =>
      withStore(call, command, (store, settings) => enroll(call, store, settings, cluster, options)),
    );
}

async function enroll(
  call: Call,
  store: Store,
  settings: Settings,
  cluster: string,
  options: EnrollOptions,
): Promise<ExitCode> {
  const wrong = (words: string): ExitCode => {
    call.note(`apidown: ${words}\n`);
    return EXIT.wrong;
  };
  if (!knownCluster(call, settings, cluster)) return EXIT.wrong;
  const asked: readonly Role[] = options.role ?? ['cluster', 'node'];
  const roles = [...new Set(asked)];
  if (options.format === 'file' && roles.length !== 1) {
    return wrong('a file is for one role; name it: --role cluster, --role node or --role vantage');
  }
  const ca = settings.hub.tls?.ca ?? null;
  const caText = ca === null ? null : await readTextFile(ca);
  if (caText?.kind === 'unreadable') return wrong(`hub.tls.ca names ${caText.why}`);

  const botUrl = settings.hub.url ?? undefined;
  const keys = roles.map((role) => ({ role, pair: makeKeyPair() }));
  const full = await register(call, store, cluster, keys);
  if (full !== null) {
    call.note(
      `apidown: ${cluster} has two valid keys for the role ${full} already, and no more fit while one is rotated; ` +
        '`apidown keys list` shows them, `apidown keys revoke ID` makes room. Nothing was enrolled.\n',
    );
    return EXIT.failed;
  }

  const documents = keys.map(({ role, pair }) => {
    const request = { cluster, role, privateKeyPem: pair.privateKeyPem, botUrl, botCaPem: caText?.content };
    const namespace = role === 'node' ? (options.nodeNamespace ?? `${options.namespace}-node`) : options.namespace;
    return options.format === 'file'
      ? enrolmentFile(request)
      : enrolmentSecret({ ...request, namespace, keyId: pair.id });
  });
  const enrolled = keys.map(({ role, pair }, index) => ({ role, keyId: pair.id, document: documents[index] }));
  const json = { schema: 'apidown.enrolment/1', cluster, botUrl: botUrl ?? null, format: options.format, enrolled };
  call.out(options.json ? `${JSON.stringify(json)}\n` : documents.join('---\n'));
  for (const { role, pair } of keys) call.note(`Enrolled key ${pair.id} for ${cluster}, role ${role}.\n`);
  if (botUrl === undefined) call.note('hub.url is not set: tell the agents where the bot is by APIDOWN_BOT_URL.\n');
  return EXIT.ok;
}

/** All of them or none; else the role that has no room. */
async function register(
  call: Call,
  store: Store,
  cluster: string,
  keys: readonly { role: Role; pair: ReturnType<typeof makeKeyPair> }[],
): Promise<Role | null> {
  const added: string[] = [];
  for (const { role, pair } of keys) {
    const createdAt = call.clock.now();
    const outcome = await store.keys.add({ id: pair.id, cluster, role, publicKeyPem: pair.publicKeyPem, createdAt });
    if (outcome === 'tooMany') {
      for (const id of added) await store.keys.revoke(id, call.clock.now());
      return role;
    }
    added.push(pair.id);
  }
  return null;
}

function collectRole(given: string, before: readonly Role[] = []): readonly Role[] {
  const role = Role.safeParse(given);
  if (!role.success) throw new InvalidArgumentError(`It is one of ${Role.options.join(', ')}.`);
  return [...before, role.data];
}
