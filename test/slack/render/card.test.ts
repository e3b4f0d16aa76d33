import { describe, expect, test } from 'vitest';
import type { InvestigationEvent } from '../../../src/investigation/events.ts';
import { replay } from '../../../src/investigation/evolve.ts';
import type { Investigation } from '../../../src/investigation/state.ts';
import { steps } from '../../../src/playbook/playbook.ts';
import type { Block } from '../../../src/slack/render/blocks.ts';
import { type CardContext, renderCard } from '../../../src/slack/render/card.ts';
import { desiredMessages } from '../../../src/slack/render/desired.ts';
import { detailsModal } from '../../../src/slack/render/reading-modals.ts';
import { renderStep } from '../../../src/slack/render/step-message.ts';
import type { Evidence } from '../../../src/words/evidence.ts';
import type { Vantage } from '../../../src/words/vantage.ts';

const at = Date.UTC(2026, 10, 22, 14, 5, 0);
const by = { kind: 'person' as const, id: 'U1' };
const itself = { kind: 'itself' as const };
const bot: Vantage = { kind: 'outside', instance: 'bot', leavesBy: ['203.0.113.7'] };
const pod: Vantage = { kind: 'pod', instance: 'apidown-abc', leavesBy: [] };
const node: Vantage = { kind: 'node', instance: 'cp-1', leavesBy: ['10.0.0.5'] };
const around: CardContext = {
  connected: [bot, pod],
  absent: [{ vantage: { kind: 'node', instance: 'cp-1', leavesBy: ['10.0.0.5'] }, lastSeenAt: at - 600_000 }],
};

describe('the card', () => {
  test('reads from top to bottom: state, verdict, where it looks from, six rows, what to do', () => {
    expect(
      lines(renderCard(investigate(run('inside', 'problem', 'Nothing answers. It timed out.')), around).blocks),
    ).toEqual([
      '❌ prod API server: problem, step 1 of 6',
      'From inside: Nothing answers. It timed out. 1 of 6 steps are through.',
      '❔ *Since when is not known:* no probe saw it begin',
      'Endpoint `https://10.0.0.10:6443` · opened by <@U1> DATE (14:05:00 UTC) · `inv-k3f9x2`',
      'Looking from: the bot (from `203.0.113.7`) · pod apidown-abc',
      '❔ Not connected: node cp-1 (from `10.0.0.5`), last seen DATE (13:55:00 UTC)',
      '[Say since when]',
      '▫️ ▸ *1 Endpoint* waiting',
      '❌ *2 From inside* problem · Nothing answers.',
      '▫️ *3 Listening* waiting',
      '▫️ *4 Firewall* waiting',
      '▫️ *5 Network policies* waiting',
      '▫️ *6 Control plane pods* waiting',
      '*Step 1:* Which URL, address and port are used to reach the API server?',
      '[Next: From inside] [Run again] [Skip] [Record by hand] [Conclude] [Another step…]',
    ]);
  });

  test('while the step runs there is nothing to run again; without an endpoint it is asked for first', () => {
    const running: InvestigationEvent = { kind: 'run-started', at, by: itself, step: 'endpoint', run: 1 };
    const [opening] = events();
    if (opening?.kind !== 'opened') throw new Error('the first event opens');
    const card = renderCard(state([{ ...opening, endpoint: null }, running]), around);
    expect(lines(card.blocks).at(-1)).toBe(
      '[Give the endpoint] [Next: From inside] [Skip] [Record by hand] [Conclude] [Another step…]',
    );
    expect(lines(card.blocks).join()).toContain('Endpoint *not known*');
  });

  test('at the end only what is left to do is offered', () => {
    const walked = investigate({ kind: 'moved', at, by, to: null });
    expect(lines(renderCard(walked, around).blocks).slice(-3)).toEqual([
      'All six steps are walked. Conclude, or look at a step again.',
      '[Conclude] [Another step…]',
      'Last: <@U1> went past the last step · DATE (14:05:00 UTC)',
    ]);
  });

  test('a finished one says so and has no buttons', () => {
    const done = renderCard(
      investigate({ kind: 'concluded', at, by, summary: 'A rule was removed.\nPut back.' }),
      around,
    );
    const read = lines(done.blocks);
    expect(read[0]).toBe('🏁 prod API server: concluded');
    expect(read.slice(-3)).toEqual(['A rule was removed.', 'Put back.', 'Concluded by <@U1> DATE (14:05:00 UTC)']);
    expect(done.blocks.some(({ type }) => type === 'actions')).toBe(false);
  });

  test('a finished one tells who looked, and changes no more when agents come and go', () => {
    const asked = [bot, pod].map((vantage) => ({
      kind: 'vantage-asked' as const,
      at,
      by: itself,
      step: 'inside' as const,
      run: 1,
      vantage,
    }));
    const started = { kind: 'run-started' as const, at, by: itself, step: 'inside' as const, run: 1 };
    const done = investigate(started, ...asked, { kind: 'concluded', at, by, summary: '' });
    const alone = renderCard(done, { connected: [], absent: [] });
    expect(renderCard(done, around)).toEqual(alone);
    expect(lines(alone.blocks).join('\n')).toContain('Looked from: the bot (from `203.0.113.7`) · pod apidown-abc');
  });

  test('a bot that was only asked for what it reads is no place that was looked from', () => {
    const asked = { kind: 'vantage-asked' as const, at, by: itself, step: 'firewall' as const, run: 1 };
    const done = investigate(
      { kind: 'run-started', at, by: itself, step: 'firewall', run: 1 },
      { ...asked, vantage: bot, check: 'cloud-firewall' },
      { ...asked, vantage: node, check: 'host-firewall' },
      { kind: 'concluded', at, by, summary: '' },
    );
    expect(lines(renderCard(done, around).blocks).join('\n')).toContain('Looked from: node cp-1 (from `10.0.0.5`)');
  });

  test('the same state gives the same card; buttons carry ids only', () => {
    const state = investigate();
    expect(renderCard(state, around)).toEqual(renderCard(state, around));
    const values = [...JSON.stringify(renderCard(state, around).blocks).matchAll(/"value":"([^"]*)"/g)].map(
      ([, value]) => value,
    );
    expect(new Set(values)).toEqual(new Set(['inv-k3f9x2', ...steps.map(({ id }) => `inv-k3f9x2|${id}|0`)]));
  });
});

describe('the messages of a run', () => {
  test('verdict first, then the reason by vantage, the worst first; how old, how long, by whom', () => {
    const state = investigate(
      { kind: 'run-started', at, by: itself, step: 'control-plane-pods', run: 1 },
      found(pod, 'ok', 'All run.', 3 * 60_000),
      found(node, 'problem', 'It is gone.', 0),
      finished('control-plane-pods', 'problem', 'Put together.'),
    );
    const only = state.steps['control-plane-pods'].runs[0];
    if (only === undefined) throw new Error('there is a run');
    expect(lines(renderStep(state, 'control-plane-pods', only).blocks)).toEqual([
      '❌ *Step 6, Control plane pods: problem*',
      '❌ *node cp-1*: It is gone.',
      '✅ *pod apidown-abc*: All run.',
      'pod apidown-abc in 12 ms · as of DATE (14:02:00 UTC), 3 min old',
      'node cp-1 (from `10.0.0.5`) in 12 ms',
      'Ran by itself DATE (14:05:00 UTC) · took 2.0 s',
      '[Details] [Commands to run by hand]',
    ]);
  });

  test('those that were only asked for comparison come last, whatever they saw', () => {
    const state = investigate(
      { kind: 'run-started', at, by: itself, step: 'inside', run: 1 },
      ...([bot, pod] as const).map((vantage, index) => ({
        ...found(vantage, index === 0 ? 'problem' : 'ok', index === 0 ? 'Refused.' : 'Answers.', 0),
        step: 'inside' as const,
      })),
      finished('inside', 'ok', 'Put together.'),
    );
    const [only] = state.steps.inside.runs;
    if (only === undefined) throw new Error('there is a run');
    expect(lines(renderStep(state, 'inside', only).blocks).slice(0, 3)).toEqual([
      '✅ *Step 2, From inside: ok*',
      '✅ *pod apidown-abc*: Answers.',
      'For comparison: ❌ *the bot*: Refused.',
    ]);
  });

  test('a way through a cloud and a node is told in one line, and who found which part', () => {
    const way = '203.0.113.7 → nlb api-prod:443 allowed → cp-1:6443 allowed';
    const reason = `${way} → the firewall of cp-1 drops it: \`tcp dport 6443 drop\`.`;
    const state = investigate(
      { kind: 'run-started', at, by: itself, step: 'firewall', run: 1 },
      foundBeside('firewall', 'cloud-firewall', bot, 'ok', `${way}.`, way),
      foundBeside('firewall', 'host-firewall', node, 'problem', 'The firewall of cp-1 drops it.'),
      finished('firewall', 'problem', reason),
    );
    const [only] = state.steps.firewall.runs;
    if (only === undefined) throw new Error('there is a run');
    expect(lines(renderStep(state, 'firewall', only).blocks)).toEqual([
      '❌ *Step 4, Firewall: problem*',
      '203.0.113.7 → nlb api-prod:443 allowed → cp-1:6443 allowed → the firewall of cp-1 drops it: `tcp dport 6443 drop`.',
      'cloud rules, by the bot in 12 ms',
      'node cp-1 (from `10.0.0.5`) in 12 ms',
      'Ran by itself DATE (14:05:00 UTC) · took 2.0 s',
      '[Details] [Commands to run by hand]',
    ]);
    const details = detailsModal('firewall', only);
    expect(lines(details.blocks).join('\n')).toContain('✅ *cloud rules, by the bot*: ok');
  });

  test('a path beside the endpoint is no comparison', () => {
    const state = investigate(
      { kind: 'run-started', at, by: itself, step: 'endpoint', run: 1 },
      foundBeside('endpoint', 'endpoint', bot, 'ok', 'Clients use it.'),
      foundBeside('endpoint', 'endpoint-path', bot, 'ok', 'The way in: api → nlb → cp-1:6443.'),
      finished('endpoint', 'ok', 'Put together.'),
    );
    const [only] = state.steps.endpoint.runs;
    if (only === undefined) throw new Error('there is a run');
    expect(lines(renderStep(state, 'endpoint', only).blocks).slice(0, 5)).toEqual([
      '✅ *Step 1, Endpoint: ok*',
      '✅ *the bot*: Clients use it.',
      '✅ *path*: The way in: api → nlb → cp-1:6443.',
      'the bot (from `203.0.113.7`) in 12 ms',
      'path, by the bot in 12 ms',
    ]);
  });

  test('what a person noted is told once, in the thread and on the card', () => {
    const record = { command: 'ss -Hltnp', output: 'LISTEN *:6443', note: 'Seen over the console. All well.' };
    const state = investigate({ kind: 'recorded', at, by, step: 'listening', run: 1, verdict: 'ok', record });
    const [only] = state.steps.listening.runs;
    if (only === undefined) throw new Error('there is a run');
    expect(lines(renderStep(state, 'listening', only).blocks)).toEqual([
      '✅ *Step 3, Listening: ok, by hand*',
      'Seen over the console. All well.',
      '`ss -Hltnp` printed:',
      '```',
      'LISTEN *:6443',
      '```',
      'Recorded by <@U1> DATE (14:05:00 UTC)',
      '[Details] [Commands to run by hand]',
    ]);
    expect(lines(renderCard(state, around).blocks)).toContain('✅ *3 Listening* ok, by hand · Seen over the console.');
  });

  test('what could not be told offers the commands first', () => {
    const state = investigate(
      { kind: 'run-started', at, by, step: 'listening', run: 1 },
      {
        ...finished('listening', 'unknown', 'node cp-1 is cut off.'),
        outcome: 'failed',
        missing: ['node cp-1 is cut off', 'node cp-2 is cut off'],
      },
    );
    const only = state.steps.listening.runs[0];
    if (only === undefined) throw new Error('there is a run');
    const { blocks } = renderStep(state, 'listening', only);
    expect(lines(blocks)).toEqual([
      '❔ *Step 3, Listening: could not run*',
      'node cp-1 is cut off.',
      '❔ node cp-2 is cut off',
      expect.stringMatching(/^By hand: Look on the control-plane node/),
      'Run by <@U1> DATE (14:05:00 UTC) · took 2.0 s',
      '[Commands to run by hand]',
    ]);
    expect(JSON.stringify(blocks)).toContain('"style":"primary"');
  });

  test('stand in the thread for the steps that were reached, and only for those', () => {
    const keys = (state: Investigation) => desiredMessages(state, around).map(({ key, thread }) => `${thread} ${key}`);
    const both = [...run('endpoint', 'ok', 'Fine.'), ...run('listening', 'ok', 'Fine.')];
    expect(keys(investigate(...both))).toEqual(['root inv-k3f9x2/card', 'card inv-k3f9x2/endpoint/1']);
    expect(
      keys(
        investigate(...both, { kind: 'moved', at, by, to: 'listening' }, { kind: 'concluded', at, by, summary: '' }),
      ),
    ).toEqual([
      'root inv-k3f9x2/card',
      'card inv-k3f9x2/endpoint/1',
      'card inv-k3f9x2/listening/1',
      'card inv-k3f9x2/conclusion',
    ]);
  });
});

function events(...more: (InvestigationEvent | readonly InvestigationEvent[])[]): InvestigationEvent[] {
  const room = { channel: 'C1', thread: null };
  const endpoint = 'https://10.0.0.10:6443';
  return [{ kind: 'opened', at, by, id: 'inv-k3f9x2', cluster: 'prod', endpoint, room }, ...more.flat()];
}

function investigate(...more: (InvestigationEvent | readonly InvestigationEvent[])[]): Investigation {
  return state(events(...more));
}

function state(list: readonly InvestigationEvent[]): Investigation {
  const investigation = replay(list);
  if (investigation === null) throw new Error('the first event opens');
  return investigation;
}

function run(
  step: 'endpoint' | 'inside' | 'listening',
  verdict: 'ok' | 'problem',
  reason: string,
): InvestigationEvent[] {
  return [{ kind: 'run-started', at, by: itself, step, run: 1 }, finished(step, verdict, reason)];
}

function finished(
  step: 'endpoint' | 'inside' | 'listening' | 'firewall' | 'control-plane-pods',
  verdict: 'ok' | 'problem' | 'unknown',
  reason: string,
) {
  return {
    kind: 'run-finished' as const,
    at: at + 2000,
    by: itself,
    step,
    run: 1,
    outcome: 'done' as const,
    verdict,
    reason,
    missing: [],
  };
}

function found(vantage: Vantage, verdict: Evidence['verdict'], reason: string, ageMs: number): InvestigationEvent {
  const evidence: Evidence = {
    check: 'control-plane-pods',
    vantage,
    verdict,
    reason,
    details: [],
    facts: null,
    gatheredAt: at,
    tookMs: 12,
    asOfAt: at - ageMs,
  };
  return { kind: 'evidence-gathered', at, by: itself, step: 'control-plane-pods', run: 1, evidence };
}

function foundBeside(
  step: 'endpoint' | 'firewall',
  check: Evidence['check'],
  vantage: Vantage,
  verdict: Evidence['verdict'],
  reason: string,
  way?: string,
): InvestigationEvent {
  const times = { gatheredAt: at, tookMs: 12, asOfAt: at };
  const evidence: Evidence = { check, vantage, verdict, reason, way, details: [], facts: null, ...times };
  return { kind: 'evidence-gathered', at, by: itself, step, run: 1, evidence };
}

/** What a person reads, line by line, with buttons in brackets and DATE where each reader sees their own time. */
function lines(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => {
    switch (block.type) {
      case 'header':
      case 'section':
        return read(block.text.text);
      case 'context':
        return block.elements.flatMap(({ text }) => read(text));
      case 'actions':
        return block.elements
          .map((element) => `[${element.type === 'button' ? element.text.text : element.placeholder.text}]`)
          .join(' ');
      default:
        return [];
    }
  });
}

function read(text: string): string[] {
  return text.replaceAll(/<!date[^>]*>/g, 'DATE').split('\n');
}
