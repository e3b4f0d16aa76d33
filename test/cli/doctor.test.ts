import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examineSources } from '../../src/bin/examine-sources.ts';
import { sourceKind } from '../../src/changes/sources/registry.ts';
import type { OutsideSource } from '../../src/changes/sources/source.ts';
import { runCommand } from '../../src/cli/command.ts';
import { type Ledger, ledgerSource, serveLedger } from '../fakes/ledger.ts';
import { scriptedSource } from '../fakes/outside-source.ts';

const env = { SLACK_BOT_TOKEN: 'xoxb-1-abcdef', SLACK_APP_TOKEN: 'xapp-1-A1-22-abcdef' };

let folder: string;
let ledger: Ledger;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apidown-doctor-'));
  await writeFile(join(folder, 'apidown.yaml'), 'hub: { listen: "127.0.0.1:0" }\nclusters: { prod: , stage: }\n');
  ledger = await serveLedger();
});
afterEach(async () => {
  await ledger.close();
  await rm(folder, { recursive: true });
});

describe('apidown doctor', () => {
  it('says so when nothing is configured, and what the diagnosis can not tell then', async () => {
    const { code, out } = await doctor([]);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'No source of changes outside of the clusters is configured.',
      'The diagnosis says "no data", or "nothing in what was seen", without:',
      "➖ prod, stage: the load balancer's own configuration and targets: no load balancer source is configured",
      '➖ prod, stage: security groups and network ACLs: no cloud account is configured',
      '➖ prod, stage: cloud logs: no cloud account is configured',
      '➖ prod, stage: planned changes: no change management is configured',
      '',
    ]);
  });

  it('names each source with what it may read, and is content', async () => {
    const { code, out } = await doctor([fromLedger()]);
    expect(code).toBe(0);
    expect(out).toContain(`✅ ledger main: read ${ledger.url}\n`);
    expect(out).not.toContain('❌');
    // It is for one of both clusters.
    expect(out).toContain('➖ stage: security groups and network ACLs: no cloud account is configured\n');
  });

  it('names what is missing and how to mend it, and fails', async () => {
    ledger.behave('refused');
    const { code, out } = await doctor([fromLedger(), scriptedSource({ examine: async () => [fine] })]);
    expect(code).toBe(1);
    expect(out).toContain(`❌ ledger main: read ${ledger.url}: it may not be read; grant the bot reading\n`);
    expect(out).toContain('✅ aws prod-eu: ec2:DescribeSecurityGroups\n');
  });

  it('waits for none longer than for all, and not for one that breaks', async () => {
    const { code, out } = await doctor([
      scriptedSource({ instance: 'hangs', examine: () => new Promise<never>(() => {}) }),
      scriptedSource({ instance: 'breaks', examine: () => Promise.reject(new Error('no xoxb-1-abcdef here')) }),
      fromLedger(),
    ]);
    expect(code).toBe(1);
    expect(out).toMatch(/^❌ aws hangs: everything that it has to read: it did not answer within 1 s; /m);
    expect(out).toMatch(/^❌ aws breaks: everything that it has to read: it broke: /m);
    expect(out).toMatch(/^✅ ledger main: /m);
    expect(out).not.toContain('xoxb-1');
  });

  it('prints the same for programs', async () => {
    ledger.behave('expired');
    const { code, out } = await doctor([fromLedger()], '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      sources: [
        {
          source: 'ledger',
          instance: 'main',
          clusters: ['prod'],
          findings: [{ outcome: 'failed', words: 'the credentials have expired; renew them' }],
        },
      ],
      untold: expect.arrayContaining([
        { cluster: 'prod', what: 'planned changes', why: 'no change management is configured' },
      ]),
    });
  });

  it('tells mistakes of the configuration as config check does', async () => {
    await writeFile(join(folder, 'apidown.yaml'), 'clusters: { prod: }\nchanges: { awss: [] }\n');
    const { code, note, out } = await doctor([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(note).toContain('line 2, changes.awss: found an unknown key');
    const json = await doctor([], '--json');
    expect(json.code).toBe(2);
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, mistakes: expect.any(Array) });
  });

  it('fails with the reason when what is configured can not be set up', async () => {
    const { code, note } = await doctor([fromLedger(), fromLedger()]);
    expect(code).toBe(1);
    expect(note).toBe('apidown: changes.ledger names main twice; put its clusters into one entry\n');
  });
});

const fine = { what: 'ec2:DescribeSecurityGroups', outcome: 'ok' as const, words: '' };

function fromLedger(): OutsideSource {
  return ledgerSource({ url: ledger.url, instance: 'main', clusters: ['prod'], clock: Date.now });
}

async function doctor(sources: readonly OutsideSource[], ...args: readonly string[]) {
  const said = { out: '', note: '' };
  const kind = sourceKind(
    'any',
    () => (sources.length === 0 ? [] : [{ clusters: [] }]),
    async () => () => sources,
  );
  const code = await runCommand(['--config', join(folder, 'apidown.yaml'), 'doctor', ...args], {
    out: (text) => {
      said.out += text;
    },
    note: (text) => {
      said.note += text;
    },
    env,
    clock: { now: Date.now },
    lookAlone: async () => ({ kind: 'refused', message: 'nothing is looked at here' }),
    examineSources: (config) => examineSources(config, [kind], 1_000),
  });
  return { code, ...said };
}
