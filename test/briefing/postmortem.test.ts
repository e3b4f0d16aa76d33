import fc from 'fast-check';
import { expect, test } from 'vitest';
import { postmortemOf } from '../../src/briefing/postmortem.ts';
import { markdownOf, type Reader } from '../../src/briefing/postmortem-markdown.ts';
import { InvestigationEvent } from '../../src/investigation/events.ts';
import { replay } from '../../src/investigation/evolve.ts';
import { investigations } from '../slack/render/states.ts';
import { all, readGfm, referencesIn, shown } from './gfm.ts';
import { exampleInvestigation } from './postmortem-example.ts';

const people = new Map([
  ['U0ANA', 'Ana'],
  ['U0BO', 'Bo'],
]);
const reader: Reader = {
  zone: 'Europe/Berlin',
  nameOf: (id) => people.get(id) ?? id,
  cardUrl: 'https://acme.slack.com/archives/C0INC/p1763820210000100',
};
const example = () => markdownOf(postmortemOf(exampleInvestigation()), reader);

test('the example in the documents is what is written today', async () => {
  await expect(example()).toMatchFileSnapshot('../../docs/postmortem-example.md');
});

test('it tells all that a postmortem is read for, each under its heading', () => {
  const text = example();
  const section = (title: string) => text.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  expect(section('Summary')).toContain(
    '2026-11-22 14:03:30 – 14:03:35 UTC (2026-11-22 15:03:30 – 15:03:35 Europe/Berlin)',
  );
  expect(section('Summary')).toContain(
    'The API server of prod failed for 14 min (to within 10 s), only from outside. Cause: nftables on cp-1',
  );
  expect(section('Summary')).toContain('| Duration | 14 min (to within 10 s) |');
  expect(section('Impact')).toContain('Nobody could deploy for 14 minutes');
  expect(section('Cause')).toContain('It ranks first because:\n\n- Clients from everywhere were let in before it');
  expect(section('Timeline')).toMatch(/\| 2026-11-22 14:03:10 \| 2026-11-22 15:03:10 \| 🎯 explains: nftables on cp-1/);
  expect(section('Timeline')).toContain('in the thread of [the card](https://acme.slack.com/');
  expect(section('Evidence by step')).toContain('inet filter input drops tcp dport 6443');
  expect(section('What was compared')).toMatch(/\| Firewall \| 10 min before \| 🎯 1 change \|/);
  expect(section('Ruled out')).toContain(
    '**NetworkPolicy kube-system/deny-all created**: Probes of this path were good',
  );
  expect(section('Without data')).toContain('**Security groups**: no data\n  - no cloud account is configured');
  expect(section('Without data')).toContain('node cp-1 did not answer within 20 s');
  expect(section('Who did what')).toMatch(/\| Bo \| step 4 [^|]*recorded by hand as problem \|/);
  expect(section('Action items')).toContain('- [ ] Load firewall rules of control-plane nodes from Git alone');
});

test('a conclusion that an older version wrote is read, and told with what it has', () => {
  const before = [
    { kind: 'opened', at: 1, by: { kind: 'itself' }, id: 'inv-a', cluster: 'prod', endpoint: null, room: null },
    { kind: 'concluded', at: 2, by: { kind: 'person', id: 'U1' }, summary: 'It was the switch.' },
  ].map((event) => InvestigationEvent.parse(JSON.parse(JSON.stringify(event))));
  const state = replay(before);
  expect(state?.conclusion).toEqual({
    at: 2,
    by: { kind: 'person', id: 'U1' },
    cause: null,
    summary: 'It was the switch.',
    impact: '',
    actions: [],
  });
  if (state === null) return;
  const text = markdownOf(postmortemOf(state), reader);
  expect(text).toContain('| Cause | It was the switch. |');
  expect(text).toContain('Nobody saw the API server of prod begin to fail. Cause: It was the switch.\n');
});

test('whatever happened, and whoever wrote what stands in it, it keeps its form and points at nobody', () => {
  const headings = ['Summary', 'Impact', 'Cause', 'Timeline', 'Evidence by step', 'What was compared'];
  const more = ['Ruled out', 'Without data', 'Who did what', 'Action items'];
  fc.assert(
    fc.property(investigations, fc.constantFrom('Europe/Berlin', 'UTC', 'no zone', null), (investigation, zone) => {
      const tree = readGfm(markdownOf(postmortemOf(investigation), { ...reader, zone }));
      const nodes = all(tree);
      const second = nodes.filter(({ type, depth }) => type === 'heading' && depth === 2);
      expect(second.map((node) => shown([node]))).toEqual([...headings, ...more]);
      expect(nodes.filter(({ type }) => ['html', 'image', 'definition', 'footnoteReference'].includes(type))).toEqual(
        [],
      );
      const links = nodes.filter(({ type }) => type === 'link').map(({ url }) => url);
      expect(links.filter((url) => url !== reader.cardUrl)).toEqual([]);
      expect(referencesIn(tree)).toEqual([]);
      for (const made of nodes.filter(({ type }) => type === 'table')) {
        const widths = new Set(made.children.map(({ children }) => children.length));
        expect(widths.size).toBe(1);
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 5_000 },
  );
});
