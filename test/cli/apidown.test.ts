import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readEnrolment } from '../../src/link/enrolment.ts';
import type { Store } from '../../src/store/store.ts';
import { opened } from '../contracts/store.ts';
import { type } from './terminal.ts';

const NOW = Date.parse('2026-03-01T14:05:00Z');
const CONFIG = `
hub: { listen: "127.0.0.1:0", url: "https://bot.example:8443" }
clusters: { prod: , stage: }
`;

let folder: string;
let file: string;
/** As the running bot holds it. */
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apidown-cli-'));
  file = join(folder, 'apidown.yaml');
  await writeFile(file, CONFIG);
  store = await opened({ kind: 'sqlite', file: join(folder, 'apidown.db') });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

describe('apidown enroll', () => {
  it('makes a key for each role, registers the public half and prints the Secrets', async () => {
    const { code, out, note } = await apidown('enroll', 'prod');
    expect(code).toBe(0);
    const secrets = secretsIn(out);
    expect(secrets).toMatchObject([
      { kind: 'Secret', metadata: { name: 'apidown-enrolment-cluster', namespace: 'apidown' } },
      { kind: 'Secret', metadata: { name: 'apidown-enrolment-node', namespace: 'apidown-node' } },
    ]);
    for (const [index, role] of (['cluster', 'node'] as const).entries()) {
      const enrolment = readEnrolment(secrets[index]?.stringData['enrolment.yaml'] ?? '');
      expect(enrolment).toMatchObject({ cluster: 'prod', role, botUrl: 'https://bot.example:8443', botCaPem: null });
      expect(await store.keys.find(enrolment.key.id)).toMatchObject({ cluster: 'prod', role, createdAt: NOW });
      expect(note).toContain(enrolment.key.id);
    }
    expect(note).not.toContain('PRIVATE KEY');
  });

  it('prints the file itself for one role, for a static pod or a host outside', async () => {
    const { code, out } = await apidown('enroll', 'stage', '--role', 'vantage', '--format', 'file');
    expect(code).toBe(0);
    expect(readEnrolment(out)).toMatchObject({ cluster: 'stage', role: 'vantage' });
    expect(await apidown('enroll', 'stage', '--format', 'file')).toMatchObject({
      code: 2,
      out: '',
      note: expect.stringContaining('a file is for one role'),
    });
  });

  it('puts the Secrets into the namespaces that are named', async () => {
    const { out } = await apidown('enroll', 'prod', '--namespace', 'ops', '--role', 'node', '--role', 'cluster');
    expect(secretsIn(out).map(({ metadata }) => metadata.namespace)).toEqual(['ops-node', 'ops']);
    const { out: other } = await apidown('enroll', 'prod', '--role', 'node', '--node-namespace', 'here');
    expect(secretsIn(other)[0]?.metadata.namespace).toBe('here');
  });

  it('sends the authority of the bot along when it is a private one', async () => {
    await writeFile(join(folder, 'ca.crt'), 'the authority');
    await writeFile(file, 'hub: { url: "https://bot:1", tls: { cert: c, key: k, ca: ca.crt } }\nclusters: { prod: }\n');
    const { out } = await apidown('enroll', 'prod', '--role', 'node', '--format', 'file');
    expect(readEnrolment(out).botCaPem).toBe('the authority');
    await rm(join(folder, 'ca.crt'));
    expect(await apidown('enroll', 'prod')).toMatchObject({
      code: 2,
      note: expect.stringMatching(/hub\.tls\.ca names .*exist/),
    });
  });

  it('enrolls nothing when one role has no room', async () => {
    await apidown('enroll', 'prod', '--role', 'node');
    await apidown('enroll', 'prod', '--role', 'node');
    const { code, out, note } = await apidown('enroll', 'prod');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(note).toContain('two valid keys for the role node');
    const valid = (await store.keys.list()).filter(({ revokedAt }) => revokedAt === null);
    expect(valid.map(({ role }) => role)).toEqual(['node', 'node']);
  });

  it('refuses a cluster that is not configured, and a role that is none', async () => {
    expect(await apidown('enroll', 'prodd')).toMatchObject({
      code: 2,
      out: '',
      note: 'apidown: the configuration has no cluster "prodd" (did you mean "prod"?); it has prod, stage\n',
    });
    expect(await apidown('enroll', 'prod', '--role', 'admin')).toMatchObject({
      code: 2,
      note: expect.stringContaining('one of cluster, node, vantage'),
    });
    expect(await store.keys.list()).toEqual([]);
  });

  it('works as a process of its own while the bot has the store open', async () => {
    const program = fileURLToPath(new URL('../../src/bin/apidown.ts', import.meta.url));
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [program, '--config', file, 'enroll', 'prod', '--role', 'node']);
    const { key } = readEnrolment(secretsIn(stdout)[0]?.stringData['enrolment.yaml'] ?? '');
    expect(await store.keys.find(key.id)).toMatchObject({ cluster: 'prod', role: 'node', revokedAt: null });
    await expect(run(process.execPath, [program, '--config', file, 'enrol'])).rejects.toMatchObject({ code: 2 });
  });
});

describe('apidown keys', () => {
  it('lists them for people and for programs', async () => {
    expect(await apidown('keys', 'list')).toMatchObject({ code: 0, out: '', note: expect.stringContaining('No key') });
    await add('k1', 'prod');
    await add('k2', 'stage');
    await store.keys.revoke('k2', NOW);
    expect((await apidown('keys', 'list')).out.split('\n')).toEqual([
      'KEY  CLUSTER  ROLE  ENROLLED                  STATE',
      'k1   prod     node  2026-03-01T14:05:00.000Z  valid',
      'k2   stage    node  2026-03-01T14:05:00.000Z  revoked 2026-03-01T14:05:00.000Z',
      '',
    ]);
    expect(JSON.parse((await apidown('keys', 'list', '--json', '--cluster', 'prod')).out)).toEqual([
      { id: 'k1', cluster: 'prod', role: 'node', createdAt: '2026-03-01T14:05:00.000Z', revokedAt: null },
    ]);
  });

  it('revokes one, and says so when there is none', async () => {
    await add('k1', 'prod');
    expect(await apidown('keys', 'revoke', 'k1')).toMatchObject({
      code: 0,
      note: expect.stringContaining('is revoked'),
    });
    expect(await store.keys.find('k1')).toMatchObject({ revokedAt: NOW });
    expect(await apidown('keys', 'revoke', 'k9')).toMatchObject({
      code: 1,
      note: expect.stringContaining('no key k9'),
    });
  });
});

describe('apidown config check', () => {
  const env = { SLACK_BOT_TOKEN: 'xoxb-1-a', SLACK_APP_TOKEN: 'xapp-1-a' };

  it('says that all is right', async () => {
    expect(await apidownIn(env, 'config', 'check')).toEqual({
      code: 0,
      out: `${file} is right; clusters: prod, stage\n`,
      note: '',
    });
    expect(JSON.parse((await apidownIn(env, 'config', 'check', '--json')).out)).toEqual({
      ok: true,
      clusters: ['prod', 'stage'],
    });
  });

  it('tells every mistake', async () => {
    await writeFile(file, `${CONFIG}stor: {}\n`);
    const { code, out, note } = await apidown('config', 'check');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(note).toContain('has 3 mistakes:');
    expect(note).toContain('did you mean "store"?');
    const { mistakes } = JSON.parse((await apidown('config', 'check', '--json')).out);
    expect(mistakes).toHaveLength(3);
  });
});

it('shows how far the doctor is, where somebody looks on', async () => {
  const lines: string[] = [];
  await type(['--config', file, 'doctor'], {
    progress: (line) => void lines.push(line),
    async examine(_pieces, onProgress) {
      onProgress({ waitingFor: ['Channels', 'Clocks'], of: 3 });
      onProgress({ waitingFor: [], of: 3 });
      return [];
    },
  });
  expect(lines).toEqual(['1 of 3 checks are done; waiting for: Channels, Clocks', '']);
});

describe('--json', () => {
  it('prints what was enrolled, document and all', async () => {
    const { code, out } = await apidown('enroll', 'prod', '--role', 'node', '--json');
    expect(code).toBe(0);
    const { enrolled, ...about } = JSON.parse(out);
    expect(about).toEqual({
      ...{ schema: 'apidown.enrolment/1', cluster: 'prod', botUrl: 'https://bot.example:8443', format: 'secret' },
    });
    expect(enrolled).toMatchObject([
      { role: 'node', keyId: expect.any(String), document: expect.stringContaining('kind: Secret') },
    ]);
  });

  it('prints the key that is revoked', async () => {
    await add('k1', 'prod');
    const { out } = await apidown('keys', 'revoke', 'k1', '--json');
    expect(JSON.parse(out)).toMatchObject({ id: 'k1', cluster: 'prod', revokedAt: '2026-03-01T14:05:00.000Z' });
  });

  it.each([['investigate'], ['doctor'], ['enroll prod'], ['agents'], ['keys list'], ['config check'], ['manifest']])(
    'prints mistakes of the configuration: %s',
    async (words) => {
      await writeFile(file, 'clusters: { prod: }\nstor: {}\nhub: { listen: "127.0.0.1:0" }\n');
      const { code, out } = await apidown(...words.split(' '), '--json');
      expect(code).toBe(2);
      const { ok, mistakes } = JSON.parse(out);
      expect(ok).toBe(false);
      expect(mistakes[0]).toMatchObject({ key: 'stor', line: 2, found: 'an unknown key' });
    },
  );
});

describe('apidown', () => {
  it('tells its exit codes, and what it can do', async () => {
    const { code, out } = await apidown('--help');
    expect(code).toBe(0);
    expect(out).toContain('Exit codes: 0 it is done, 1 it failed, 2 the call or the configuration is wrong.');
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['envoll', 'prod']],
    ['an unknown option', ['keys', 'list', '--cluser', 'prod']],
    ['a missing argument', ['enroll']],
  ])('exits 2 on %s', async (_what, args) => {
    expect(await apidown(...args)).toMatchObject({ code: 2, out: '' });
  });

  it('exits 2 when the configuration is not there, and 1 when the store can not be used', async () => {
    await writeFile(file, `${CONFIG}store: { file: . }\n`);
    expect(await apidown('keys', 'list')).toMatchObject({
      code: 1,
      note: expect.stringContaining('it is a directory'),
    });
    await rm(file);
    expect(await apidown('keys', 'list')).toMatchObject({ code: 2, note: expect.stringContaining('does not exist') });
  });
});

function apidown(...args: readonly string[]) {
  return apidownIn({}, ...args);
}

function apidownIn(env: Record<string, string>, ...args: readonly string[]) {
  return type(['--config', file, ...args], { env, clock: { now: () => NOW } });
}

interface SecretDocument {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly stringData: Readonly<Record<string, string>>;
}

function secretsIn(text: string): readonly SecretDocument[] {
  return parseAllDocuments(text).map((document) => document.toJS());
}

function add(id: string, cluster: string) {
  return store.keys.add({ id, cluster, role: 'node', publicKeyPem: 'a public key', createdAt: NOW });
}
