import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Octokit } from '@octokit/rest';
import { createEmulator } from 'emulate';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeAuthority } from '../../dev/stand-in/certificates.ts';
import { token, tokenFile } from '../changes/sources/github/given.ts';
import { type Serving, say, serveGitHub } from '../changes/sources/github/served.ts';
import { scriptedSource } from '../fakes/outside-source.ts';
import { aSetUp, doctor, type SetUp } from './set-up.ts';

test('a set-up in which nothing is wrong: all is ok, and the exit code says so', async () => {
  const setUp = await aSetUp();
  const { code, of, findings } = await doctor(setUp);
  expect(of('failed')).toEqual([]);
  expect(of('warning')).toEqual([]);
  // Sources that nobody has are no fault.
  expect(of('notChecked').map(({ check }) => check)).toEqual(['sources', 'sources', 'sources', 'sources']);
  expect(new Set(findings.map(({ check }) => check)).size).toBe(15);
  expect(code).toBe(0);
  expect(setUp.workspace.violations).toEqual([]);
});

interface Fault {
  readonly what: string;
  readonly does: (setUp: SetUp) => void | Promise<void>;
  readonly check: string;
  readonly outcome: 'failed' | 'warning';
  readonly words: RegExp;
  readonly mend: RegExp;
}

const faults: readonly Fault[] = [
  {
    what: 'a bot token that Slack does not take any more',
    does: ({ workspace }) => workspace.revoke('bot'),
    ...{ check: 'slack-tokens', outcome: 'failed', words: /^the bot token: Slack does not take it: invalid_auth/ },
    mend: /Bot User OAuth Token under OAuth & Permissions/,
  },
  {
    what: 'an app-level token that Slack does not take any more',
    does: ({ workspace }) => workspace.revoke('app'),
    ...{
      check: 'slack-tokens',
      outcome: 'failed',
      words: /^the app-level token: Slack does not take it: invalid_auth/,
    },
    mend: /App-Level Token with connections:write under Basic Information/,
  },
  {
    what: 'an app-level token without connections:write',
    does: ({ workspace }) =>
      workspace.faults.always('apps.connections.open', { kind: 'error', error: 'missing_scope' }),
    ...{
      check: 'slack-tokens',
      outcome: 'failed',
      words: /^the app-level token: it lacks the scope connections:write/,
    },
    mend: /make an app-level token with connections:write/,
  },
  {
    what: 'tokens of two apps',
    does: ({ env }) => {
      env.SLACK_APP_TOKEN = 'xapp-1-A0OTHER-3-workspace';
    },
    ...{
      check: 'slack-tokens',
      outcome: 'failed',
      words: /^both tokens: the bot token is of app A0WORKSPACE, the app-level token of app A0OTHER/,
    },
    mend: /take both tokens from the settings of one app/,
  },
  {
    what: 'tokens that are swapped',
    does: ({ env }) => {
      [env.SLACK_BOT_TOKEN, env.SLACK_APP_TOKEN] = [env.SLACK_APP_TOKEN ?? '', env.SLACK_BOT_TOKEN ?? ''];
    },
    ...{
      check: 'configuration',
      outcome: 'failed',
      words: /^SLACK_BOT_TOKEN: found a token that begins with xapp-, as if the two are swapped/,
    },
    mend: /expected the bot token/,
  },
  {
    what: 'a token that is missing',
    does: ({ env }) => void delete env.SLACK_APP_TOKEN,
    ...{ check: 'configuration', outcome: 'failed', words: /^SLACK_APP_TOKEN: missing/ },
    mend: /an app-level token with connections:write .* in SLACK_APP_TOKEN or in a file/,
  },
  {
    what: 'a channel that does not exist',
    does: ({ config }) => {
      config.clusters.prod = { ...config.clusters.prod, channels: ['C1', 'C404'] };
    },
    ...{
      check: 'channels',
      outcome: 'failed',
      words: /^channel C404: Slack has no such channel .*clusters\.prod\.channels/,
    },
    mend: /take its id from the bottom of the channel’s details/,
  },
  {
    what: 'a channel that is archived',
    does: ({ config }) => {
      config.alerts = { open: 'C3' };
    },
    ...{ check: 'channels', outcome: 'failed', words: /^channel C3: #old-times is archived \(alerts\.open\)/ },
    mend: /unarchive it/,
  },
  {
    what: 'a channel that the app was not invited to, and may post in',
    does: ({ config }) => {
      config.clusters.prod = { ...config.clusters.prod, channels: ['C2'] };
    },
    ...{ check: 'channels', outcome: 'warning', words: /^channel C2: the app is not in #elsewhere/ },
    mend: /type \/invite @apidown in #elsewhere/,
  },
  {
    what: 'a grant to somebody who does not exist',
    does: ({ config }) => {
      config.permissions = [{ may: ['investigate'], users: ['U404', 'U1'] }];
    },
    ...{ check: 'grants', outcome: 'failed', words: /^person U404: Slack knows nobody by this id/ },
    mend: /take the member id from the person’s profile/,
  },
  {
    what: 'a grant to a group that does not exist, so that nobody is let in',
    does: ({ config }) => {
      config.permissions = [{ may: ['view'] }, { may: ['investigate'], groups: ['S404'] }];
    },
    ...{ check: 'grants', outcome: 'failed', words: /^user group S404: Slack has no user group by this id/ },
    mend: /take the id from the group’s page/,
  },
  {
    what: 'a grant to a group without members',
    does: ({ config }) => {
      config.permissions = [{ may: ['investigate'], groups: ['S2'] }];
    },
    ...{ check: 'grants', outcome: 'failed', words: /^the permission investigate: nobody is sure to be let in/ },
    mend: /grant it to a person or a group that exists/,
  },
  {
    what: 'a database that a newer version wrote',
    async does({ folder, stopBot }) {
      await stopBot();
      const database = new DatabaseSync(join(folder, 'apidown.db'));
      database.exec("insert into kysely_migration values ('9999-of-the-future', '2030-01-01')");
      database.close();
    },
    ...{
      check: 'database',
      outcome: 'failed',
      words: /written by a newer apidown \(its last migration is 9999-of-the-future/,
    },
    mend: /start the newer version, or restore the file from before the upgrade/,
  },
  {
    what: 'a database of an older version',
    async does({ folder, stopBot }) {
      await stopBot();
      const database = new DatabaseSync(join(folder, 'apidown.db'));
      database.exec("delete from kysely_migration where name = '0003-source-memories'");
      database.close();
    },
    ...{ check: 'database', outcome: 'warning', words: /of an older version: 0003-source-memories is still to run/ },
    mend: /copy it, then start the bot of this version/,
  },
  {
    what: 'a file in the place of the database that is none',
    async does({ config, put }) {
      await put('other.db', 'these are words, and there are many of them '.repeat(100));
      config.store.file = './other.db';
    },
    ...{ check: 'database', outcome: 'failed', words: /it is not an SQLite database/ },
    mend: /set store\.file to a file of its own/,
  },
  {
    what: 'a database of another program',
    does({ config, folder }) {
      const database = new DatabaseSync(join(folder, 'other.db'));
      database.exec('create table things (name text)');
      database.close();
      config.store.file = './other.db';
    },
    ...{ check: 'database', outcome: 'failed', words: /it is the database of another program/ },
    mend: /set store\.file to a file of its own/,
  },
  {
    what: 'a database in a folder that does not exist',
    does: ({ config }) => {
      config.store.file = './gone/apidown.db';
    },
    ...{ check: 'database', outcome: 'failed', words: /its directory does not exist/ },
    mend: /create it, or set store\.file to another place/,
  },
  {
    what: 'a disk that is full',
    does: ({ machine }) => {
      machine.freeBytesIn = async () => 5_000_000;
    },
    ...{ check: 'database', outcome: 'failed', words: /^disk space in .*: 4 MiB are free: soon nothing can be kept/ },
    mend: /free some, or move store\.file to a larger disk/,
  },
  {
    what: 'a cluster without any agent',
    does: ({ config, api }) => {
      config.clusters.stage = { endpoint: `https://127.0.0.1:${api.port}`, caFile: 'ca.crt' };
    },
    ...{ check: 'agents', outcome: 'failed', words: /^cluster stage: no agent is enrolled/ },
    mend: /apidown enroll stage \| kubectl apply -f -/,
  },
  {
    what: 'keys of a cluster that is not configured',
    async does({ store }) {
      await store.keys.add({ id: 'k', cluster: 'stage', role: 'node', publicKeyPem: 'p', createdAt: 1 });
    },
    ...{
      check: 'agents',
      outcome: 'warning',
      words: /^cluster stage: it has valid keys, and is not configured/,
    },
    mend: /configure it, or revoke its keys/,
  },
  {
    what: 'an agent that is enrolled and never came',
    async does({ store, config, api }) {
      config.clusters.stage = { endpoint: `https://127.0.0.1:${api.port}`, caFile: 'ca.crt' };
      await store.keys.add({ id: 'k', cluster: 'stage', role: 'cluster', publicKeyPem: 'p', createdAt: 1 });
    },
    ...{
      check: 'agents',
      outcome: 'failed',
      words: /^cluster agent of stage: it is enrolled, and has never connected/,
    },
    mend: /the Secret has to be in its namespace, and hub\.url has to be reachable/,
  },
  {
    what: 'a node agent that is gone',
    does: ({ state }) => {
      state.agents = state.agents.filter(({ role }) => role !== 'node');
    },
    ...{ check: 'agents', outcome: 'failed', words: /^node agent of prod cp-1: it is not connected; last seen .* ago/ },
    mend: /look whether it runs, and at its log/,
  },
  {
    what: 'a control-plane node without an agent',
    async does({ store }) {
      const knowledge = await store.knowledge.get('prod');
      if (knowledge !== null) await store.knowledge.put('prod', { ...knowledge, controlPlaneNodes: ['cp-1', 'cp-2'] });
    },
    ...{ check: 'agents', outcome: 'warning', words: /^node agent of prod cp-2: this control-plane node has none/ },
    mend: /let the DaemonSet tolerate its taints/,
  },
  {
    what: 'an agent of an old version',
    does: ({ state }) => {
      state.agents = state.agents.map((agent) => ({ ...agent, version: '0.0.9' }));
    },
    ...{
      check: 'agents',
      outcome: 'warning',
      words: /^node agent of prod cp-1: it is version 0\.0\.9, this program 0\.1\.0/,
    },
    mend: /deploy agents and bot of one version/,
  },
  {
    what: 'two agents of one name',
    does: ({ state }) => {
      state.contested = [{ cluster: 'prod', role: 'node', instance: 'cp-1', times: 7 }];
    },
    ...{
      check: 'agents',
      outcome: 'failed',
      words: /^node agent of prod cp-1: two agents go by this name: .* 7 times/,
    },
    mend: /APIDOWN_INSTANCE.*either the DaemonSet or the static pod/,
  },
  {
    what: 'an agent whose clock is wrong',
    does({ state }) {
      state.agents = state.agents.map((agent) =>
        agent.role === 'node' ? { ...agent, clockOffsetMs: -90_000 } : agent,
      );
    },
    ...{ check: 'clocks', outcome: 'warning', words: /^agent prod\/node\/cp-1: its clock is 90\.0 s behind the bot's/ },
    mend: /on its machine, let it be set by NTP/,
  },
  {
    what: 'a bot whose own clock is wrong, as all agents say',
    does: ({ state }) => {
      state.agents = state.agents.map((agent) => ({ ...agent, clockOffsetMs: 30_000 }));
    },
    ...{
      check: 'clocks',
      outcome: 'warning',
      words: /all 3 agents' clocks differ .* in the same way: it is the bot's that is wrong/,
    },
    mend: /NTP/,
  },
  {
    what: "this machine's clock, against Slack's",
    does: ({ machine }) => {
      machine.clock = { now: () => Date.now() + 180_000 };
    },
    ...{ check: 'clocks', outcome: 'failed', words: /^the clock of this machine: it is (179|180) s ahead of Slack's/ },
    mend: /NTP/,
  },
  {
    what: 'an old Node',
    does: ({ machine }) => {
      machine.nodeVersion = '20.20.2';
    },
    ...{ check: 'versions', outcome: 'failed', words: /^Node: 20\.20\.2 runs this program, which needs 24/ },
    mend: /run it by npm/,
  },
  {
    what: 'a bot of another version than the command line',
    does: ({ state }) => {
      state.version = '0.0.9';
    },
    ...{
      check: 'versions',
      outcome: 'warning',
      words: /^the running bot: it is version 0\.0\.9, this program 0\.1\.0/,
    },
    mend: /start the bot anew after an update/,
  },
  {
    what: 'a certificate of the hub that has expired',
    does: ({ certificate }) => certificate({ notBefore: new Date(2020, 1, 1), notAfter: new Date(2021, 1, 1) }),
    ...{ check: 'hub-tls', outcome: 'failed', words: /^hub\.tls\.cert: it expired at 2021-.*: no agent can connect/ },
    mend: /put a new certificate there/,
  },
  {
    what: 'a certificate of the hub that expires soon',
    does: ({ certificate }) => certificate({ notAfter: new Date(Date.now() + 5.5 * 24 * 60 * 60_000) }),
    ...{ check: 'hub-tls', outcome: 'warning', words: /^hub\.tls\.cert: valid for 5 more days/ },
    mend: /put a new certificate there/,
  },
  {
    what: 'a certificate of the hub for another name',
    does: ({ config }) => {
      config.hub.url = 'https://apidown.other:8443';
    },
    ...{
      check: 'hub-tls',
      outcome: 'failed',
      words: /it is not for apidown\.other, which agents dial by hub\.url, but for DNS:bot\.example/,
    },
    mend: /make a certificate for apidown\.other, or set hub\.url to a name that it is for/,
  },
  {
    what: 'a certificate of the hub by another authority than agents are told of',
    async does({ put }) {
      await put('ca2.crt', (await makeAuthority('another')).caPem);
      await put('noted', '');
    },
    ...{
      check: 'hub-tls',
      outcome: 'failed',
      words: /^hub\.tls\.ca: it is CN=another, but hub\.tls\.cert was issued by CN=a test/,
    },
    mend: /name the authority that issued the certificate/,
  },
  {
    what: 'a key that belongs to another certificate',
    async does({ put, authority }) {
      await put('tls.key', (await authority.issue({ commonName: 'x', names: ['x'], addresses: [] })).keyPem);
    },
    ...{
      check: 'configuration',
      outcome: 'failed',
      words: /^hub\.tls\.key \(line \d+\): found the key of another certificate/,
    },
    mend: /the private key of the one in hub\.tls\.cert/,
  },
  {
    what: 'an API server that can not be reached',
    does: ({ api }) => api.down(),
    ...{
      check: 'endpoints',
      outcome: 'failed',
      words: /^cluster prod: https:\/\/127\.0\.0\.1:\d+ \(127\.0\.0\.1\) can't be used from here: /,
    },
    mend: /let this machine through to it/,
  },
  {
    what: 'an API server of another cluster',
    async does({ put }) {
      await put('other-ca.crt', (await makeAuthority('another cluster')).caPem);
    },
    ...{ check: 'endpoints', outcome: 'failed', words: /^cluster prod: .* can't be used from here: / },
    mend: /what answers there is not this cluster’s API server/,
  },
  {
    what: 'a CA that is not known yet',
    does: ({ config, api }) => {
      config.clusters.prod = { endpoint: `https://127.0.0.1:${api.port}` };
    },
    ...{ check: 'endpoints', outcome: 'warning', words: /^the CA of prod: it is not known/ },
    mend: /set clusters\.prod\.caFile, or enroll a cluster agent/,
  },
  {
    what: 'an endpoint that is not known',
    does: ({ config }) => {
      config.clusters.prod = {};
    },
    ...{ check: 'endpoints', outcome: 'failed', words: /^cluster prod: its endpoint is not known/ },
    mend: /set clusters\.prod\.endpoint, or enroll a cluster agent/,
  },
  {
    what: 'a bot in a pod of the cluster that it watches',
    async does({ config, env, folder, authority }) {
      config.outside.vantage = true;
      env.KUBERNETES_SERVICE_HOST = '10.96.0.1';
      await mkdir(join(folder, 'pod'));
      await writeFile(join(folder, 'pod', 'ca.crt'), authority.caPem);
    },
    ...{ check: 'vantage', outcome: 'failed', words: /^the bot: it runs in a pod of prod, which it watches/ },
    mend: /outside\.vantage: false and enroll an agent with the role vantage/,
  },
  {
    what: 'a bot on the very machine of the API server',
    does: ({ config }) => {
      config.outside.vantage = true;
    },
    ...{ check: 'vantage', outcome: 'failed', words: /^the bot: the API server of prod is on this very machine/ },
    mend: /run the bot outside/,
  },
  {
    what: 'a bot inside, and nobody outside',
    does: ({ config, api }) => {
      config.clusters.stage = { endpoint: `https://127.0.0.1:${api.port}` };
    },
    ...{
      check: 'vantage',
      outcome: 'failed',
      words: /^cluster stage: the bot is inside .*no vantage agent was ever seen/,
    },
    mend: /apidown enroll stage --role vantage/,
  },
  {
    what: 'a bot that does not run',
    does: ({ stopBot }) => stopBot(),
    ...{ check: 'running-bot', outcome: 'warning', words: /^the running bot: none runs here/ },
    mend: /start it \(npm start\)/,
  },
  {
    what: 'a bot that is cut off from Slack',
    does({ state }) {
      state.slack = 'unauthorized';
      state.slackTrouble = 'auth.test: token_revoked';
    },
    ...{
      check: 'running-bot',
      outcome: 'failed',
      words: /it does not stand: unauthorized \(auth\.test: token_revoked\)/,
    },
    mend: /mend the tokens/,
  },
  {
    what: 'a source that lacks a permission',
    does(setUp) {
      const words = 'it may not be read; grant the bot ec2:DescribeSecurityGroups';
      const examine = async () => [{ what: 'ec2:DescribeSecurityGroups', outcome: 'missing' as const, words }];
      setUp.sources = [scriptedSource({ instance: 'prod-eu', examine })];
    },
    ...{ check: 'sources', outcome: 'failed', words: /^aws prod-eu: ec2:DescribeSecurityGroups: it may not be read/ },
    mend: /grant the bot ec2:DescribeSecurityGroups/,
  },
  {
    what: 'a token for issues that GitHub does not take any more',
    async does({ config }) {
      await postmortemsAt(config, {}, await tokenFile('github_pat_11revoked\n'));
    },
    ...{
      check: 'postmortems',
      outcome: 'failed',
      words: /^issues in acme\/infra: GitHub refuses the credentials \(401\)/,
    },
    mend: /put a token that holds into the file/,
  },
  {
    what: 'a file that holds no token for issues',
    async does({ config }) {
      await postmortemsAt(config, {}, await tokenFile('\n'));
    },
    ...{ check: 'postmortems', outcome: 'failed', words: /^issues in acme\/infra: .*holds no token/ },
    mend: /put a token that holds into the file/,
  },
  {
    what: 'a repository for issues that is not there, or not shown',
    async does({ config }) {
      await postmortemsAt(config, { repository: 'acme/infar' });
    },
    ...{
      check: 'postmortems',
      outcome: 'failed',
      words: /^issues in acme\/infar: GitHub shows no repository .*\(404\)/,
    },
    mend: /give it this repository with "Issues: read and write"/,
  },
  {
    what: 'a token that may read issues and open none',
    async does({ config }) {
      const gitHub = await postmortemsAt(config);
      gitHub.instead = ({ method }, response) =>
        method === 'POST' && say(response, 403, { message: 'Resource not accessible by personal access token' });
    },
    ...{ check: 'postmortems', outcome: 'failed', words: /^issues in acme\/infra: .*the permission "Issues: write"/ },
    mend: /give it this repository with "Issues: read and write"/,
  },
  {
    what: 'a repository for issues that is archived',
    does: ({ config }) => repositoryThatIs(config, { archived: true }),
    ...{ check: 'postmortems', outcome: 'failed', words: /^issues in acme\/infra: the repository is archived/ },
    mend: /name another repository in postmortem\.github\.repository/,
  },
  {
    what: 'a repository without issues',
    does: ({ config }) => repositoryThatIs(config, { has_issues: false }),
    ...{ check: 'postmortems', outcome: 'failed', words: /^issues in acme\/infra: they are switched off/ },
    mend: /switch them on/,
  },
  {
    what: 'a GitHub for issues that can not be reached',
    async does({ config }) {
      await postmortemsAt(config, { baseUrl: 'http://127.0.0.1:1' });
    },
    ...{ check: 'postmortems', outcome: 'failed', words: /^issues in acme\/infra: 127\.0\.0\.1:1 can't be reached/ },
    mend: /let this machine through to it/,
  },
  {
    what: 'a channel of health posts that the app is not in',
    does: ({ config }) => {
      config.health = { posts: [{ channel: 'C2', when: 'daily at 9:00' }] };
    },
    ...{ check: 'channels', outcome: 'warning', words: /the app is not in #elsewhere \(health\.posts\[0\]\.channel\)/ },
    mend: /\/invite @apidown in #elsewhere/,
  },
  {
    what: 'a channel of outages that is archived',
    does: ({ config }) => {
      config.clusters.prod = { ...config.clusters.prod, outages: { channel: 'C3' } };
    },
    ...{ check: 'channels', outcome: 'failed', words: /#old-times is archived \(clusters\.prod\.outages\.channel\)/ },
    mend: /unarchive it, or name another channel/,
  },
];

/** Faults that are in a file which the configuration has to name. */
const naming: Readonly<Record<string, (setUp: SetUp) => void>> = {
  'a certificate of the hub by another authority than agents are told of': ({ config }) => {
    config.hub.tls = { cert: 'tls.crt', key: 'tls.key', ca: 'ca2.crt' };
  },
  'an API server of another cluster': ({ config }) => {
    config.clusters.prod = { ...config.clusters.prod, caFile: 'other-ca.crt' };
  },
};

/** Postmortems go to a GitHub that holds `acme/infra`, and takes no issue without a title. */
async function postmortemsAt(
  config: SetUp['config'],
  given: Record<string, unknown> = {},
  file?: string,
): Promise<Serving> {
  const gitHub = await serveGitHub({});
  onTestFinished(gitHub.close);
  gitHub.instead = ({ method }, response) => method === 'POST' && say(response, 422, { message: 'Invalid request.' });
  const github = { repository: 'acme/infra', baseUrl: gitHub.url, tokenFile: file ?? (await tokenFile()), ...given };
  config.postmortem = { github };
  return gitHub;
}

async function repositoryThatIs(config: SetUp['config'], what: object): Promise<void> {
  const gitHub = await postmortemsAt(config);
  gitHub.instead = (_request, response) => say(response, 200, { name: 'infra', default_branch: 'main', ...what });
}

describe('what is wrong is named, and how to mend it', () => {
  test.each(faults)('$what', async (fault) => {
    const setUp = await aSetUp();
    await fault.does(setUp);
    naming[fault.what]?.(setUp);
    const { findings, code } = await doctor(setUp);
    const found = findings.filter(
      ({ check, about, words }) => check === fault.check && fault.words.test(`${about}: ${words}`),
    );
    expect(
      found,
      JSON.stringify(
        findings.filter(({ outcome }) => outcome !== 'ok'),
        null,
        1,
      ),
    ).toHaveLength(1);
    expect(found[0]?.outcome).toBe(fault.outcome);
    expect(found[0]?.mend).toMatch(fault.mend);
    expect(code).toBe(findings.some(({ outcome }) => outcome === 'failed') ? 1 : 0);
  });
});

describe('scopes', () => {
  test('one that is needed and not granted, and optional ones, each with what it is for', async () => {
    const manifest = (await aManifest()).replace('      - files:write\n', '');
    const { findings } = await doctor(await aSetUp({ manifest, grantedOptionalScopes: [] }));
    const scopes = findings.filter(({ check }) => check === 'slack-scopes');
    expect(scopes.map(({ about, outcome }) => `${about} ${outcome}`)).toEqual([
      'the scope files:write failed',
      'the scope channels:history warning',
      'the scope groups:history warning',
      'the scope chat:write.public warning',
    ]);
    expect(scopes[0]?.words).toBe('it is not granted; it is needed for: pictures and reports in the thread');
    expect(scopes[0]?.mend).toContain('apidown manifest');
  });

  test('one that is granted and nothing uses', async () => {
    const manifest = (await aManifest()).replace(
      '      - files:write\n',
      '      - files:write\n      - reactions:write\n',
    );
    const { of } = await doctor(await aSetUp({ manifest }));
    expect(of('warning')).toMatchObject([
      { about: 'the scope reactions:write', words: 'it is granted, and nothing uses it' },
    ]);
  });

  test('without chat:write.public a channel that the app is not in is a failure', async () => {
    const setUp = await aSetUp({ grantedOptionalScopes: [] });
    setUp.config.clusters.prod = { ...setUp.config.clusters.prod, channels: ['C2'] };
    const { of } = await doctor(setUp);
    expect(of('failed')).toMatchObject([{ about: 'channel C2', mend: 'type /invite @apidown in #elsewhere' }]);
  });
});

describe('in HTTP mode', () => {
  test('needs the signing secret and no app token', async () => {
    const setUp = await aHttpSetUp();
    delete setUp.env.SLACK_SIGNING_SECRET;
    const { of } = await doctor(setUp);
    expect(of('failed').map(({ about }) => about)).toContain('SLACK_SIGNING_SECRET');
    expect(of('failed').map(({ about }) => about)).not.toContain('SLACK_APP_TOKEN');
    setUp.env.SLACK_SIGNING_SECRET = '0'.repeat(32);
    expect((await doctor(setUp)).findings).toContainEqual(
      expect.objectContaining({ about: 'the signing secret', outcome: 'ok' }),
    );
  });

  test('a URL that is not set, not https, or leads nowhere', async () => {
    const setUp = await aHttpSetUp();
    const requests = async () => (await doctor(setUp)).findings.filter(({ check }) => check === 'slack-requests');
    expect(await requests()).toMatchObject([{ about: 'slack.http.url', outcome: 'failed' }]);
    setUp.config.slack.http = { url: 'http://apidown.example' };
    expect(await requests()).toMatchObject([{ outcome: 'failed', words: expect.stringContaining('it is not https') }]);
    setUp.config.slack.http = { url: 'https://127.0.0.1:1' };
    expect(await requests()).toMatchObject([
      { outcome: 'warning', words: expect.stringContaining("can't be reached") },
    ]);
  });

  async function aHttpSetUp(): Promise<SetUp> {
    const setUp = await aSetUp();
    setUp.config.slack.mode = 'http';
    delete setUp.env.SLACK_APP_TOKEN;
    setUp.env.SLACK_SIGNING_SECRET = '0'.repeat(32);
    return setUp;
  }
});

describe('whatever hangs or breaks', () => {
  test('a Slack that never answers delays nothing else, and is said', async () => {
    const setUp = await aSetUp();
    setUp.workspace.faults.always('*', { kind: 'hang' });
    setUp.sources = [scriptedSource({ instance: 'hangs', examine: () => new Promise<never>(() => {}) })];
    const { findings, of } = await doctor(setUp, { withinMs: 1_500 });
    const late = of('notChecked').filter(({ words }) => words.startsWith('it did not end within 1.5 s'));
    expect(late.map(({ check }) => check).sort()).toEqual(
      ['channels', 'clocks', 'grants', 'slack-scopes', 'slack-tokens', 'sources'].sort(),
    );
    expect(findings.filter(({ check }) => check === 'agents').every(({ outcome }) => outcome === 'ok')).toBe(true);
  });

  test('a Slack that can not be reached is said as such, by each who asked', async () => {
    const setUp = await aSetUp();
    setUp.config.slack.apiUrl = 'http://127.0.0.1:1/api/';
    const { of } = await doctor(setUp);
    expect(of('notChecked')).toContainEqual(
      expect.objectContaining({ about: 'the bot token', words: expect.stringContaining("Slack can't be reached") }),
    );
    expect(of('failed')).toEqual([]);
  });

  test('a source that breaks shows no secret', async () => {
    const setUp = await aSetUp();
    const examine = () => Promise.reject(new Error('no xoxb-1-abcdef here'));
    setUp.sources = [scriptedSource({ instance: 'breaks', examine })];
    const { out } = await doctor(setUp);
    expect(out).toContain('it broke: Error: no [secret] here');
    expect(out).not.toContain('xoxb-1-abcdef');
  });

  test('another program at http.listen', async () => {
    const setUp = await aSetUp();
    const other = createServer((_request, response) => void response.end('hello')).listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    setUp.config.http.listen = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const { of } = await doctor(setUp);
    expect(of('failed')).toMatchObject([
      { words: 'another program answers there', mend: 'set http.listen to a port of its own' },
    ]);
  });
});

test('nothing is written: neither to Slack, nor to the database', async () => {
  const setUp = await aSetUp();
  const before = await setUp.store.sessions.list('prod');
  await doctor(setUp);
  const asked = new Set(setUp.workspace.calls.map(({ method }) => method));
  expect([...asked].sort()).toEqual([
    'apps.connections.open',
    'auth.test',
    'bots.info',
    'conversations.info',
    'usergroups.list',
    'users.info',
  ]);
  expect(setUp.workspace.socket.connections).toBe(0);
  expect(await setUp.store.sessions.list('prod')).toEqual(before);
});

test('whether issues may be opened is tried without opening one', async () => {
  const setUp = await aSetUp();
  const gitHub = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { [token]: { login: 'octocat', scopes: ['repo'] } },
      github: {
        users: [{ login: 'octocat' }],
        repos: [{ owner: 'octocat', name: 'operations', private: true, auto_init: true }],
      },
    },
  });
  onTestFinished(() => gitHub.close());
  setUp.config.postmortem = {
    github: { repository: 'octocat/operations', baseUrl: gitHub.url, tokenFile: await tokenFile() },
  };
  const { findings, code } = await doctor(setUp);
  expect(findings.filter(({ check }) => check === 'postmortems')).toEqual([
    {
      ...{ check: 'postmortems', about: 'issues in octocat/operations', outcome: 'ok', mend: null },
      words: 'may be opened, as far as can be told without opening one',
    },
  ]);
  expect(code).toBe(0);
  const there = new Octokit({ baseUrl: gitHub.url, auth: token }).rest.issues.listForRepo;
  expect((await there({ owner: 'octocat', repo: 'operations', state: 'all' })).data).toEqual([]);
});

test('where there is no database none is made', async () => {
  const setUp = await aSetUp();
  setUp.config.store.file = './new.db';
  const { of } = await doctor(setUp);
  expect(of('warning')).toContainEqual(
    expect.objectContaining({ words: expect.stringContaining('does not exist yet') }),
  );
  expect(() => new DatabaseSync(join(setUp.folder, 'new.db'), { readOnly: true })).toThrow();
});

test('for a person: a heading for each check, the fault, and behind an arrow how to mend it', async () => {
  const setUp = await aSetUp();
  setUp.workspace.revoke('app');
  const { out, code } = await doctor(setUp, { args: [] });
  expect(code).toBe(1);
  expect(out).toMatch(/^Slack tokens$\n^ {2}✅ the bot token: apidown in Workspace$/m);
  expect(out).toMatch(
    /^ {2}❌ the app-level token: Slack does not take it: invalid_auth$\n^ {7}→ take an App-Level Token/m,
  );
  expect(out).toMatch(/^1 failed; 0 warnings, 4 not checked, \d+ ok\.$/m);
});

test('mistakes of the file itself are told as config check does, and nothing is looked at', async () => {
  const setUp = await aSetUp();
  Object.assign(setUp.config, { storr: {} });
  const { code, out } = await doctor(setUp);
  expect(code).toBe(2);
  expect(JSON.parse(out)).toMatchObject({ ok: false, mistakes: [{ key: 'storr' }] });
  expect(setUp.workspace.calls).toEqual([]);
});

function aManifest(): Promise<string> {
  return readFile(join(import.meta.dirname, '../../app-manifest.yml'), 'utf8');
}
