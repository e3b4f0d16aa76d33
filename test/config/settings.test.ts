import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Mistake, renderMistakes } from '../../src/config/mistakes.ts';
import { readSettings } from '../../src/config/settings.ts';

const FILE = '/etc/apidown/apidown.yaml';

describe('a configuration file', () => {
  it('needs no more than a cluster and a way for agents to dial in', () => {
    expect(settings('hub: { listen: "127.0.0.1:8443" }\nclusters:\n  prod:\n')).toEqual({
      slack: { apiUrl: null, mode: 'socket', http: { listen: { host: '127.0.0.1', port: 3000 }, url: null } },
      hub: { listen: { host: '127.0.0.1', port: 8443 }, tls: null, allowPlain: false, url: null },
      store: { file: '/etc/apidown/apidown.db' },
      http: { listen: { host: '127.0.0.1', port: 9090 } },
      outside: { vantage: true, probeEvery: 5_000, failuresInARow: 2, reference: [] },
      clusters: {
        prod: {
          ...{ endpoint: null, caFile: null, channels: [], sources: [], prometheus: null, gateways: [] },
          outages: { post: true, channel: null, mention: null, remindEvery: 30 * 60_000, quiet: null },
        },
      },
      alerts: { clusterLabel: 'cluster', names: ['KubeAPIDown'], open: null },
      changes: { intake: { clusters: [] }, aws: [], github: [], haproxy: [] },
      health: { posts: [] },
      postmortem: { github: null },
      permissions: [],
    });
  });

  it('is read as the example stands', async () => {
    const read = settings(await readFile(new URL('../../apidown.example.yaml', import.meta.url), 'utf8'));
    expect(read).toMatchObject({
      hub: {
        listen: { host: '0.0.0.0', port: 8443 },
        url: 'https://apidown.example:8443',
        tls: { cert: '/etc/apidown/tls/tls.crt', key: '/etc/apidown/tls/tls.key', ca: null },
      },
      clusters: {
        prod: {
          endpoint: 'https://api.prod.example:6443',
          sources: ['203.0.113.0/24', '198.51.100.7'],
          gateways: [{ namespace: 'edge', labels: { app: 'api-gateway' } }],
        },
      },
      permissions: [{ may: ['view'] }, { may: ['investigate'], groups: ['S0123ABCD'] }],
    });
  });

  it('has an example whose commented lines are right as well', async () => {
    const example = await readFile(new URL('../../apidown.example.yaml', import.meta.url), 'utf8');
    const key = /^( *)# ((?: {2})?(?:- may|ca|caFile|tokenFile|open|reference|clusters|users|channels):.*)$/gm;
    const everything = example
      .replace(key, '$1$2')
      .replace(/^# slack:\n(#.*\n)*/m, (block) => block.replaceAll(/^# /gm, ''));
    expect(everything).not.toBe(example);
    expect(settings(everything)).toMatchObject({
      slack: { apiUrl: 'http://127.0.0.1:8090/api', mode: 'http', http: { url: 'https://apidown.example' } },
      hub: { tls: { ca: '/etc/apidown/tls/ca.crt' } },
      clusters: {
        prod: {
          caFile: '/etc/apidown/prod-ca.crt',
          prometheus: { tokenFile: '/etc/apidown/prometheus-token', caFile: '/etc/apidown/prometheus-ca.crt' },
        },
      },
      alerts: { open: 'C0123ABCD' },
      permissions: [
        {},
        {},
        { may: ['investigate'], clusters: ['prod'], users: ['U0123ABCD'], channels: ['C0123ABCD'] },
      ],
    });
  });

  it('tells every mistake at once, each with key, line, what stood there and what belongs there', () => {
    const mistakes = wrong(`
hub:
  lisen: "0.0.0.0:8443"
  listen: 8443
  url: apidown.example
store:
  file: [a, b]
clusters:
  Prod_1:
  prod:
    endpoint: http://api.prod.example
    channels: [general, C0123]
    sources: [203.0.113.0/33, 10.0.0.1]
    gateways:
      - { namespace: edge, labels: {} }
      - { namespace: edge, labels: { tier: 1 } }
permissions:
  - may: [investigate, fly]
    clusters: [prd]
    users: ["@anna"]
healt: {}
`);
    expect(mistakes.map(({ line, key, found }) => [line, key, found])).toEqual([
      [3, 'hub.lisen', 'an unknown key'],
      [4, 'hub.listen', '8443'],
      [5, 'hub.url', '"apidown.example"'],
      [7, 'store.file', '["a","b"]'],
      [9, 'clusters.Prod_1', '"Prod_1"'],
      [11, 'clusters.prod.endpoint', '"http://api.prod.example"'],
      [12, 'clusters.prod.channels[0]', '"general"'],
      [13, 'clusters.prod.sources[0]', '"203.0.113.0/33"'],
      [15, 'clusters.prod.gateways[0].labels', '{}'],
      [16, 'clusters.prod.gateways[1].labels.tier', '1'],
      [18, 'permissions[0].may[1]', '"fly"'],
      [19, 'permissions[0].clusters[0]', '"prd"'],
      [20, 'permissions[0].users[0]', '"@anna"'],
      [21, 'healt', 'an unknown key'],
    ]);
  });

  it.each([
    ['listens to other machines without TLS', 'hub: { listen: "0.0.0.0:8443" }', 'hub.tls'],
    ['listens to other machines by default', '', 'hub.tls'],
    ['has its TLS commented out', 'hub:\n  tls:', 'hub.tls'],
    ['sends agents to a plain address', 'hub: { url: "http://bot:1", tls: { cert: c, key: k } }', 'hub.url'],
  ])('is refused when it %s', (_what, hub, key) => {
    const found = wrong(`${hub}\nclusters: { prod: }\n`);
    expect(found.map((mistake) => mistake.key)).toEqual([key]);
    expect(found[0]?.expected).toContain('hub.allowPlain: true');
  });

  it.each(['127.0.0.1:0', 'localhost:8443', '[::1]:8443'])('may serve %s without TLS', (listen) => {
    expect(settings(`hub: { listen: "${listen}", url: "http://127.0.0.1:8443" }\nclusters: { prod: }\n`)).toBeTruthy();
  });

  it('may serve everybody without TLS when it is told to', () => {
    expect(settings('hub: { allowPlain: true, url: "http://bot:8443" }\nclusters: { prod: }\n')).toBeTruthy();
  });

  it.each([
    ['a token in its place', 'slack:\n  botToken: xoxb-1111-abcdef'],
    ['a token in a wrong place', 'clusters:\n  prod:\n    channels: [xapp-1-A1-22-abcdef]'],
    ['a token among words', 'store:\n  file: "see xoxb-1111-abcdef"'],
    ['a private key', 'hub:\n  tls:\n    key: "-----BEGIN PRIVATE KEY-----\\nMC4CAQAw\\n-----END PRIVATE KEY-----"'],
  ])('is refused for a secret in it, which is not shown: %s', (_what, text) => {
    const found = wrong(text);
    expect(found.filter(({ expected }) => expected.startsWith('no secret in this file'))).toHaveLength(1);
    expect(renderMistakes('apidown.yaml', found)).not.toMatch(/1111|A1-22|MC4/);
  });

  it.each([
    ['no YAML', 'clusters: [', 1],
    ['a tab for indentation', 'clusters:\n\tprod:', 2],
    ['the same key twice', 'clusters: { prod: }\nclusters: { stage: }', 2],
    ['an alias to nothing', 'clusters: *nowhere', null],
    ['a list', '- clusters', 1],
  ])('is refused when it is %s', (_what, text, line) => {
    expect(wrong(text)[0]).toMatchObject({ line });
  });

  it('is refused when its aliases multiply without end', () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(', ')}]`,
    );
    expect(wrong(`l0: &l0 [x]\n${levels.join('\n')}\n`)[0]?.found).toBe('aliases');
  });

  it('shows the mistakes as a person reads them, in the order of the file, with nothing that hides', () => {
    const found = wrong(
      'http: { listen: "here" }\nclusters: { "a\u202eb": }\nhub: { listen: "[::1]:1", allowPlain: yes }\n',
    );
    expect(renderMistakes('./apidown.yaml', found).split('\n')).toEqual([
      './apidown.yaml has 3 mistakes:',
      '  line 1, http.listen: found "here"; expected host:port, such as "127.0.0.1:9090"',
      expect.stringMatching(
        /^ {2}line 2, clusters\.a\\u\{202e\}b: found "a\\u\{202e\}b"; expected the name of a cluster/,
      ),
      '  line 3, hub.allowPlain: found "yes"; expected true or false',
    ]);
  });

  it('takes durations and places as people write them', () => {
    const text = (outside: string) => `hub: { listen: "127.0.0.1:1" }\noutside: ${outside}\nclusters: { prod: }\n`;
    const { outside } = settings(
      text('{ probeEvery: 1.5 min, failuresInARow: 3, reference: [https://slack.com, "gw.example:80", "[::1]:7"] }'),
    );
    expect(outside).toEqual({
      vantage: true,
      probeEvery: 90_000,
      failuresInARow: 3,
      reference: [
        { host: 'slack.com', port: 443 },
        { host: 'gw.example', port: 80 },
        { host: '::1', port: 7 },
      ],
    });
    expect(settings(text('{ probeEvery: 1s }')).outside.probeEvery).toBe(1_000);
    expect(settings(text('{ probeEvery: 5m }')).outside.probeEvery).toBe(300_000);
  });

  it.each([
    ['probeEvery', '5', 'a duration'],
    ['probeEvery', '"5"', 'a duration'],
    ['probeEvery', '999ms', 'from 1s to 5m'],
    ['probeEvery', '301s', 'from 1s to 5m'],
    ['probeEvery', 'often', 'a duration'],
    ['failuresInARow', '0', 'from 1 to 20'],
    ['failuresInARow', '1.5', 'a whole number'],
    ['reference', '[slack.com]', 'host:port'],
    ['reference', '["gw.example:0"]', 'host:port'],
    ['reference', '["http://slack.com"]', 'host:port'],
    ['reference', '["https://me@slack.com"]', 'host:port'],
  ])('refuses %s: %s', (key, value, words) => {
    const [mistake] = wrong(`hub: { listen: "127.0.0.1:1" }\noutside: { ${key}: ${value} }\nclusters: { prod: }\n`);
    expect(mistake?.key).toMatch(new RegExp(`^outside\\.${key}`));
    expect(mistake?.expected).toContain(words);
  });

  it.each([
    ['prometheus', '{}', 'prometheus.url', 'the URL of a Prometheus'],
    ['prometheus', '{ url: "prometheus:9090" }', 'prometheus.url', 'the URL of a Prometheus'],
    ['prometheus', '{ url: "http://p:1", username: me }', 'prometheus.passwordFile', 'goes with username'],
    ['prometheus', '{ url: "http://p:1", passwordFile: ./p }', 'prometheus.passwordFile', 'goes with username'],
    [
      'prometheus',
      '{ url: "http://p:1", username: me, passwordFile: ./p, tokenFile: ./t }',
      'prometheus.tokenFile',
      'not beside username',
    ],
    ['prometheus', '{ url: "http://p:1", samples: ["up[5m]"] }', 'prometheus.samples[0]', 'such as probe_success'],
    [
      'prometheus',
      '{ url: "http://p:1", samples: ["rate(up[5m])"] }',
      'prometheus.samples[0]',
      'such as probe_success',
    ],
    ['prometheus', '{ url: "http://p:1", samples: [""] }', 'prometheus.samples[0]', 'such as probe_success'],
  ])('refuses %s: %s', (key, value, path, words) => {
    const [mistake] = wrong(`hub: { listen: "127.0.0.1:1" }\nclusters: { prod: { ${key}: ${value} } }\n`);
    expect(mistake?.key).toBe(`clusters.prod.${path}`);
    expect(mistake?.expected).toContain(words);
  });

  it.each([
    ['clusterLabel', '"a-b"', 'the label'],
    ['names', '[]', 'at least one'],
    ['open', 'incidents', 'the id of a Slack channel'],
  ])('refuses alerts.%s: %s', (key, value, words) => {
    const [mistake] = wrong(`hub: { listen: "127.0.0.1:1" }\nalerts: { ${key}: ${value} }\nclusters: { prod: }\n`);
    expect(mistake?.key).toBe(`alerts.${key}`);
    expect(mistake?.expected).toContain(words);
  });

  it('knows which clusters the events of a source are about', () => {
    const rules = '[{ source: "//a/b", clusters: [prod] }, { subject: "/x", clusters: [prod] }]';
    const text = `hub: { listen: "127.0.0.1:1" }\nchanges: { intake: { clusters: ${rules} } }\nclusters: { prod: }\n`;
    expect(settings(text).changes.intake.clusters).toEqual([
      { source: '//a/b', subject: null, clusters: ['prod'] },
      { source: null, subject: '/x', clusters: ['prod'] },
    ]);
  });

  it.each([
    ['{ clusters: [prod] }', '[0]', 'a rule with source or subject'],
    ['{ source: a }', '[0].clusters', 'at least one cluster’s name'],
    ['{ source: a, clusters: [] }', '[0].clusters', 'at least one cluster’s name'],
    ['{ source: "", clusters: [prod] }', '[0].source', 'how the sources of events begin'],
    ['{ source: a, clusters: [prd] }', '[0].clusters[0]', 'did you mean "prod"?'],
  ])('refuses a rule of the intake: %s', (rule, path, words) => {
    const [mistake] = wrong(
      `hub: { listen: "127.0.0.1:1" }\nchanges: { intake: { clusters: [${rule}] } }\nclusters: { prod: }\n`,
    );
    expect(mistake?.key).toBe(`changes.intake.clusters${path}`);
    expect(mistake?.expected).toContain(words);
  });

  it('refuses sources of changes for a cluster that is not configured', () => {
    const found = wrong(
      'hub: { listen: "127.0.0.1:1" }\nclusters: { prod: }\nchanges: { ledger: [{ clusters: [prod] }, { clusters: [prd] }] }\n',
    );
    const ofClusters = found.filter(({ key }) => key.endsWith(']'));
    expect(ofClusters).toMatchObject([
      {
        key: 'changes.ledger[1].clusters[0]',
        found: '"prd"',
        expected: expect.stringContaining('did you mean "prod"?'),
      },
    ]);
  });

  it('names the key that was meant', () => {
    const expected = wrong(`
hubs: { listen: "127.0.0.1:1" }
clusters: { prod: { chanels: [], constructor: 1 } }
`).map(({ expected: words }) => words);
    expect(expected).toEqual([
      expect.stringContaining('did you mean "hub"?'),
      expect.stringContaining('did you mean "channels"?'),
      'one of endpoint, caFile, channels, outages, sources, prometheus, gateways',
      expect.stringContaining('cert and key'),
    ]);
  });
});

function settings(text: string) {
  const read = readSettings(text, FILE);
  if (read.kind === 'bad') throw new Error(renderMistakes(FILE, read.mistakes));
  return read.settings;
}

/** In the order of the file. */
function wrong(text: string): readonly Mistake[] {
  const read = readSettings(text, FILE);
  if (read.kind === 'ok') throw new Error('it was taken');
  return read.mistakes.toSorted((a, b) => (a.line ?? 1_000) - (b.line ?? 1_000));
}
