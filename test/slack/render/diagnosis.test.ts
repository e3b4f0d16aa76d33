import { describe, expect, test } from 'vitest';
import type { InvestigationEvent } from '../../../src/investigation/events.ts';
import { replay } from '../../../src/investigation/evolve.ts';
import type { Investigation } from '../../../src/investigation/state.ts';
import { rules } from '../../../src/playbook/rules.ts';
import type { Block } from '../../../src/slack/render/blocks.ts';
import type { DesiredMessage } from '../../../src/slack/render/content.ts';
import { desiredMessages } from '../../../src/slack/render/desired.ts';
import { problemsOf } from '../../../src/slack/validate.ts';
import type { Diagnosis, RuleAnswer } from '../../../src/words/diagnosis.ts';
import type { Onset } from '../../../src/words/onset.ts';
import { answer, beganAt, cause, decoy, diagnosis, hit, onset, report, typical } from '../../briefing/diagnoses.ts';

const at = beganAt + 120_000;
const by = { kind: 'person' as const, id: 'U1' };
const itself = { kind: 'itself' as const };

describe('the card', () => {
  test('says at its top what leads, since when, how that is known, and offers what can be done', () => {
    expect(lines(card(investigate(found(onset()), judged(typical())))).slice(1, 8)).toEqual([
      '0 of 6 steps are through.',
      '🎯 *Leading cause (explains):* nftables on cp-1: rule "tcp dport 6443 drop" added DATE (14:03:10 UTC), 20 s before the first failures',
      'Failing since DATE (14:03:30 UTC), to within 5 s · from everywhere · 3 bad probes in a row from the bot',
      'Endpoint `https://10.0.0.10:6443` · opened by <@U1> DATE (14:05:30 UTC) · `inv-k3f9x2`',
      'Looking from: *no vantage is connected*',
      '👉 4 changes lie just before the windows',
      '[Widen all windows] [Correct the time] [Draw the timeline]',
    ]);
  });

  test('without an onset it asks for one', () => {
    const read = lines(card(investigate()));
    expect(read[2]).toBe('❔ *Since when is not known:* no probe saw it begin');
    expect(read[5]).toBe('[Say since when]');
  });

  test('while nothing is judged there is nothing to widen', () => {
    const read = lines(card(investigate(found(onset()))));
    expect(read[2]).toBe('⏳ *Comparing:* what changed around it is looked at');
    expect(read).toContain('[Correct the time] [Draw the timeline]');
  });

  test('that no cause is found is never said without what could not be seen', () => {
    const said = (answers: readonly RuleAnswer[] = []) =>
      lines(card(investigate(found(onset()), judged(diagnosis(answers)))))[2];
    expect(said()).toBe('❔ *No cause found:* nothing changed in the windows.');
    expect(said([answer('firewall', { kind: 'noData' }), answer('dns', { kind: 'noData' })])).toBe(
      '❔ *No cause found:* nothing changed in the windows, as far as was seen. No data for Firewall.',
    );
    const hits = [decoy(20), decoy(40)];
    const late = answer('security-group', { kind: 'pending', pendingUntilAt: beganAt });
    expect(said([answer('control-plane', { hits, moreHits: 3 }), late])).toBe(
      '❔ *No cause found:* 5 changes lie in the windows and none explains it. Some sources report late and are asked again until DATE (14:03:30 UTC).',
    );
  });

  test('an end is told, and what other methods say of the beginning', () => {
    const over = { earliestAt: beganAt + 700_000, latestAt: beganAt + 725_000 };
    const flap = onset({
      id: 'prober:0',
      earliestAt: beganAt - 900_000,
      latestAt: beganAt - 895_000,
      recovery: { earliestAt: beganAt - 860_000, latestAt: beganAt - 855_000 },
    });
    const read = lines(card(investigate(found(onset({ recovery: over, scope: 'outsideOnly' })), found(flap))));
    expect(read[3]).toBe(
      'Failed from DATE (14:03:30 UTC) for 12 min, to within 5 s · only from outside · 3 bad probes in a row from the bot',
    );
    expect(read[4]).toBe('Was down before: DATE (13:48:30 UTC), lasted 40 s');
    expect(lines(card(investigate(found(onset()), found(report()))))[4]).toBe(
      'Disagrees: a report says DATE (13:38:30 UTC), 24 min earlier',
    );
    expect(lines(card(investigate(found(onset()), found(report(beganAt - 30_000)))))[4]).toBe(
      'Agrees: a report says DATE (14:03:00 UTC)',
    );
  });

  test('a cause of another onset says which', () => {
    const other = { ...typical(), onset: report() };
    const state = investigate(found(onset()), found(report()), judged(diagnosis()), judged(other));
    expect(lines(card(state))[2]).toMatch(/^🎯 .*, judged by the failure of DATE \(13:38:30 UTC\)$/);
  });

  test('once everything is wide, or it is concluded, nothing is left to widen', () => {
    const wide = investigate(found(onset()), judged(typical()), widened(rules.map(({ id }) => id)));
    expect(lines(card(wide))).toContain('[Correct the time] [Draw the timeline]');
    expect(lines(card(wide)).join()).not.toContain('just before the windows');
    const done = investigate(found(onset()), judged(typical()), { kind: 'concluded', at, by, summary: '' });
    for (const message of messages(done)) expect(message.blocks.some(({ type }) => type === 'actions')).toBe(false);
    expect(lines(card(done))[2]).toContain('Leading cause');
  });
});

describe('the diagnosis in the thread', () => {
  test('reads from the causes down to the looks that found nothing', () => {
    const state = investigate(found(onset()), judged(typical()), widened(['maintenance']));
    expect(lines(reply(state, 'diagnosis/prober:1'))).toEqual([
      '*🔎 Diagnosis · Failing since DATE (14:03:30 UTC), to within 5 s*',
      'from everywhere · 3 bad probes in a row from the bot',
      '*Causes, the likeliest first*',
      '1. 🎯 *explains:* nftables on cp-1: rule "tcp dport 6443 drop" added DATE (14:03:10 UTC), 20 s before the first failures',
      '      + Clients from everywhere were let in before it and are dropped after it.',
      '      + Step 4 finds the port blocked.',
      '🎯 *1 Firewall* (10 min before): 1 change',
      '   • DATE (14:03:10 UTC), 20 s before: nftables on cp-1: rule "tcp dport 6443 drop" added · 🎯 explains, cause 1',
      '▫️ *2 Network policies* (10 min before): nothing',
      '▫️ *3 Control plane* (5 min before or after): 2 changes',
      '   • DATE (14:02:00 UTC), 2 min before: ConfigMap kube-system/decoy-90 changed (by kubectl-edit) · ▫️ coincides: It has nothing to do with the way to the API server.',
      '   • DATE (14:04:30 UTC), 55 s after: kube-apiserver on cp-1 restarted (exit code 1) (by kubelet) · ↩️ an effect: It restarted after the failure began: its liveness probe failed.',
      '❔ *4 Load balancer* (10 min before or after): nothing in what was seen; not seen: no cloud account is configured',
      '❔ *5 Security groups* (10 min before or after): no data: no cloud account is configured',
      '⏳ *6 Maintenance* (1 h before or after): not yet known: some sources report late and are asked again until DATE (14:18:30 UTC)',
      '❔ Cloud logs: no data: no cloud account is configured',
      '▫️ Load balancer history, Routing, API endpoints: nothing',
      '❔ DNS: nothing in what was seen; not seen: the bot was down until 13:58',
      'Probes of the endpoint from the bot were good until 14:03:30.',
      '👉 4 changes lie just before the windows',
      '[Widen one window…] [Widen all windows]',
      '<@U1> widened: Maintenance · DATE (14:05:30 UTC)',
    ]);
  });

  test('each window that is still narrow can be widened by itself, with how many changes that adds', () => {
    const { blocks } = reply(
      investigate(found(onset()), judged(typical()), widened(['maintenance'])),
      'diagnosis/prober:1',
    );
    expect(options(blocks)).toEqual([
      ['Firewall: 10 → 30 min · 1 more', 'inv-k3f9x2|firewall'],
      ['Network policies: 10 → 30 min · 3 more', 'inv-k3f9x2|network-policy'],
      ['Control plane: 5 → 15 min, our extension', 'inv-k3f9x2|control-plane'],
      ['Load balancer: 10 → 30 min', 'inv-k3f9x2|load-balancer'],
      ['Security groups: 10 → 30 min', 'inv-k3f9x2|security-group'],
      ['Cloud logs: 10 → 30 min', 'inv-k3f9x2|cloud-logs'],
      ['Load balancer history: 10 → 30 min', 'inv-k3f9x2|load-balancer-history'],
      ['Routing: 10 → 30 min', 'inv-k3f9x2|routing'],
      ['DNS: 10 → 30 min', 'inv-k3f9x2|dns'],
      ['API endpoints: 10 → 30 min', 'inv-k3f9x2|api-endpoints'],
    ]);
  });

  test('a widened answer marks what is new, and nothing else', () => {
    const hits = [decoy(1_500, { onlyWidened: true }), decoy(20)];
    const wide = { widened: true };
    const answers = [answer('control-plane', { ...wide, hits }), answer('firewall', wide), answer('routing', wide)];
    const read = lines(reply(investigate(found(onset()), judged(diagnosis(answers))), 'diagnosis/prober:1'));
    expect(read).toEqual(
      expect.arrayContaining([
        '▫️ *3 Control plane* (15 min before or after, widened, our extension): 2 changes, 1 new',
        expect.stringMatching(/^ {3}• 🆕 \*new\* DATE .*decoy-1500/),
        expect.stringMatching(/^ {3}• DATE .*decoy-20 /),
        '▫️ *1 Firewall* (30 min before, widened): nothing here either',
        // A look that was widened is shown even when it finds nothing.
        '▫️ *Routing* (30 min before or after, widened): nothing here either',
      ]),
    );
    expect(read.join('\n').match(/🆕/g)).toHaveLength(1);
  });

  test('what is contradicted is told last, with what speaks against it first, and is no cause', () => {
    const against = ['The rule stood for 25 min while probes of that path were good.'];
    const contradicted = diagnosis([answer('firewall', { hits: [hit({ standing: 'contradicted', against })] })], {
      causes: [cause({ standing: 'contradicted', against })],
    });
    const read = lines(reply(investigate(found(onset()), judged(contradicted)), 'diagnosis/prober:1'));
    expect(read.slice(2, 6)).toEqual([
      '*No cause found*, and what was seen speaks against these',
      expect.stringMatching(/^1\. 🚫 \*contradicted:\* nftables/),
      '      − against it: The rule stood for 25 min while probes of that path were good.',
      '      + Clients from everywhere were let in before it and are dropped after it.',
    ]);
    expect(read).toContainEqual(expect.stringMatching(/🚫 contradicted, cause 1$/));
  });

  test('a change whose time is not known well says so', () => {
    const vague = hit({ placed: 'possible' });
    const change = { ...vague.change, earliestAt: beganAt - 600_000, certainty: 'latestKnown' as const };
    const read = lines(
      reply(
        investigate(found(onset()), judged(diagnosis([answer('firewall', { hits: [{ ...vague, change }] })]))),
        'diagnosis/prober:1',
      ),
    );
    expect(read.join('\n')).toContain('between DATE (13:53:30 UTC) and DATE (14:03:10 UTC), 20 s before');
    expect(read.join('\n')).toContain('(may lie just outside the window; the latest change that is known)');
  });

  test.each([0, 1, 20, 500])('%i changes are shown as far as there is room, and all are counted', (amount) => {
    const all = Array.from({ length: amount }, (_, index) => decoy(index + 1));
    const hits = all.slice(0, 50);
    const answers = rules.map(({ id }) => answer(id, { hits, moreHits: amount - hits.length }));
    const { text, blocks } = reply(
      investigate(found(onset()), judged(diagnosis(answers, { causes: [cause()] }))),
      'diagnosis/prober:1',
    );
    expect(problemsOf({ text, blocks })).toEqual([]);
    const read = lines({ blocks });
    const shown = read.filter((line) => line.startsWith('   • DATE')).length;
    const more = read.map((line) => Number(/^ {3}• and (\d+) more/.exec(line)?.[1] ?? 0)).reduce((a, b) => a + b, 0);
    expect(shown + more).toBe(amount * rules.length);
    // However many there are, each rule has its answer and its best hit.
    for (const { title, kind } of rules) {
      if (amount > 0 || kind === 'rule') expect(read.join('\n')).toMatch(new RegExp(`\\*(\\d )?${title}\\* \\(`));
    }
    expect(shown).toBeGreaterThanOrEqual(Math.min(amount, 1) * rules.length);
  });

  test('each onset has a message of its own; of many, the first and the one that leads', () => {
    const many = Array.from({ length: 12 }, (_, index): Onset => {
      const began = beganAt + index * 3_600_000;
      const over = { earliestAt: began + 10_000, latestAt: began + 15_000 };
      return onset({
        id: `prober:${index}`,
        earliestAt: began,
        latestAt: began + 5_000,
        recovery: index < 11 ? over : null,
      });
    });
    const state = investigate(
      ...many.map(found),
      ...many.toReversed().map((one) => judged({ ...diagnosis(), onset: one })),
    );
    expect(keys(state).filter((key) => key.startsWith('diagnosis'))).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((index) => `diagnosis/prober:${index}`),
      'diagnosis/prober:11',
    ]);
  });
});

describe('whoever investigates is told of a cause by a reply', () => {
  const possible = diagnosis([], { causes: [cause({ standing: 'possible', reasons: [] })] });

  test('of each that came to lead, and of nothing twice', () => {
    const other = diagnosis([], { causes: [cause({ key: 'other', title: 'the certificate expired', at: null })] });
    const state = investigate(found(onset()), judged(possible), judged(possible), judged(typical()), judged(other));
    expect(keys(state)).toEqual(['card', 'diagnosis/prober:1', 'cause/1', 'cause/2', 'cause/3']);
    expect(['cause/1', 'cause/2', 'cause/3'].map((key) => lines(reply(state, key))[0])).toEqual([
      expect.stringMatching(/^🔶 <@U1> \*Cause found \(possible\):\* nftables/),
      expect.stringMatching(/^🎯 <@U1> \*Judged anew \(explains\):\* nftables/),
      expect.stringMatching(/^🎯 <@U1> \*Another cause leads now \(explains\):\* the certificate expired$/),
    ]);
  });

  test('not of what stood on the card when they asked', () => {
    const opened = { ...opening, by: itself, room: null, incident: 'prober:1' };
    const brought = { kind: 'brought' as const, at: at + 60_000, by, room: { channel: 'C1', thread: null } };
    const state = stateOf([opened, found(onset()), judged(possible), brought]);
    expect(keys(state)).toEqual(['card', 'diagnosis/prober:1']);
    const later = stateOf([
      opened,
      found(onset()),
      judged(possible),
      brought,
      { ...judged(typical()), at: at + 90_000 },
    ]);
    expect(keys(later)).toEqual(['card', 'diagnosis/prober:1', 'cause/2']);
    expect(lines(reply(later, 'cause/2'))[0]).toContain('<@U1> *Judged anew');
  });
});

const opening: Extract<InvestigationEvent, { kind: 'opened' }> = {
  kind: 'opened',
  at,
  by,
  id: 'inv-k3f9x2',
  cluster: 'prod',
  endpoint: 'https://10.0.0.10:6443',
  room: { channel: 'C1', thread: null },
};

function investigate(...more: InvestigationEvent[]): Investigation {
  return stateOf([opening, ...more]);
}

function stateOf(events: readonly InvestigationEvent[]): Investigation {
  const state = replay(events);
  if (state === null) throw new Error('the first event opens');
  return state;
}

function found(one: Onset): InvestigationEvent {
  return { kind: 'onset-found', at, by: itself, onset: one };
}

function judged(one: Diagnosis): InvestigationEvent {
  return { kind: 'diagnosed', at, by: itself, diagnosis: one };
}

function widened(some: Extract<InvestigationEvent, { kind: 'widened' }>['rules']): InvestigationEvent {
  return { kind: 'widened', at, by, rules: some };
}

function messages(state: Investigation): readonly DesiredMessage[] {
  return desiredMessages(state, { connected: [], absent: [] });
}

function keys(state: Investigation): string[] {
  return messages(state).map(({ key }) => key.replace('inv-k3f9x2/', ''));
}

function card(state: Investigation): DesiredMessage {
  return reply(state, 'card');
}

function reply(state: Investigation, key: string): DesiredMessage {
  const message = messages(state).find((one) => one.key === `inv-k3f9x2/${key}`);
  if (message === undefined) throw new Error(`there is no message ${key}`);
  return message;
}

function options(blocks: readonly Block[]): [string, string][] {
  return blocks.flatMap((block) =>
    block.type === 'actions'
      ? block.elements.flatMap((element) =>
          element.type === 'static_select'
            ? element.options.map(({ text, value }): [string, string] => [text.text, value])
            : [],
        )
      : [],
  );
}

/** What a person reads, line by line, with buttons in brackets and DATE where each reader sees their own time. */
function lines({ blocks }: Pick<DesiredMessage, 'blocks'>): string[] {
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
