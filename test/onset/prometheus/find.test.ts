import { afterEach, describe, expect, it } from 'vitest';
import { prometheusAt } from '../../../src/onset/prometheus/api.ts';
import { type Found, findOnsets, usualSelectors } from '../../../src/onset/prometheus/find.ts';
import { Onset } from '../../../src/words/onset.ts';
import { type Served, type Serving, servePrometheus } from './served.ts';

const NOW = Date.parse('2026-11-22T14:20:00Z');
const MINUTE = 60_000;
const LABELS = { alertname: 'KubeAPIDown', severity: 'critical' };
const RULE = {
  type: 'alerting',
  name: 'KubeAPIDown',
  query: 'absent(up{job="apiserver"} == 1)',
  duration: 900,
  labels: { severity: 'critical' },
};
const GROUPS = [
  { interval: 30, rules: [{ type: 'recording', name: 'x' }, RULE, { ...RULE, name: 'Other', duration: 60 }] },
];
const TARGETS = [{ labels: { job: 'apiserver' }, scrapeInterval: '1m0s', scrapeTimeout: '10s' }];

let serving: Serving | undefined;
afterEach(() => serving?.close());

describe('asking Prometheus when it began', () => {
  it('takes raw samples, each scrape as long as it took, and the alert beside them', async () => {
    const { onsets, notes } = await find({
      series: (query) =>
        query.startsWith('scrape_duration_seconds{job="apiserver",instance="a"}')
          ? [series({ job: 'apiserver', instance: 'a' }, '.25 .25 .25 .25 .25')]
          : [series({ job: 'apiserver', instance: 'a' }, '1 1 1 0 0')],
      alerts: [{ labels: LABELS, state: 'pending', activeAt: iso(NOW - 50_000) }],
      groups: GROUPS,
      targets: TARGETS,
    });
    expect(notes).toEqual([]);
    expect(onsets.map((onset) => Onset.parse(onset).method)).toEqual(['prometheus-samples', 'active-at']);
    const [samples, active] = onsets;
    expect(samples?.earliestAt).toBe(NOW - 2 * MINUTE - 2);
    expect(samples?.latestAt).toBe(NOW - MINUTE + 252);
    expect(active?.earliestAt).toBe(NOW - 50_000 - 30_000 - 60_000 - 10_000);
    expect(active?.latestAt).toBe(NOW - 50_000);
  });

  it('takes away what its clock is ahead, and says so', async () => {
    const aheadMs = 7_000;
    const { onsets } = await find({
      nowAt: NOW + aheadMs,
      series: () => [series({ instance: 'a' }, '1 1 0', NOW + aheadMs)],
    });
    expect(onsets[0]).toMatchObject({ earliestAt: NOW - MINUTE - 2, latestAt: NOW });
    expect(onsets[0]?.words).toContain('clock is 7000 ms ahead');
  });

  it('looks further back while all samples are bad', async () => {
    const asked: string[] = [];
    const { onsets } = await find({
      series: (query) => {
        if (!query.startsWith('up')) return [];
        asked.push(query);
        return [series({ instance: 'a' }, query.includes('[86400s]') ? '1 0 0 0' : '0 0 0')];
      },
    });
    expect(asked).toEqual(['up[3600s]', 'up[21600s]', 'up[86400s]']);
    expect(onsets).toHaveLength(1);
  });

  it('leaves out what another cluster is named by', async () => {
    const { onsets, notes } = await find({
      series: () => [series({ instance: 'a', cluster: 'stage' }, '1 0')],
      alerts: [{ labels: { ...LABELS, cluster: 'stage' }, state: 'firing', activeAt: iso(NOW - MINUTE) }],
    });
    expect(onsets).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('has no series up'), expect.stringContaining('was not active')]);
  });

  it('takes activeAt from ALERTS_FOR_STATE once the alert is over', async () => {
    const activeAt = Math.floor((NOW - 5 * MINUTE) / 1000);
    const { onsets } = await find({
      series: (query) => (query.startsWith('ALERTS_FOR_STATE') ? [series(LABELS, `${activeAt} ${activeAt} . .`)] : []),
      groups: GROUPS,
      targets: TARGETS,
    });
    expect(onsets).toHaveLength(1);
    expect(onsets[0]?.method).toBe('active-at');
    expect(onsets[0]?.latestAt).toBe(activeAt * 1000 + 999);
    expect(onsets[0]?.recovery?.latestAt).toBe(NOW - 2 * MINUTE + 30_000);
  });

  it('reaches back to what ALERTS_FOR_STATE was before Prometheus restarted', async () => {
    const before = (NOW - 8 * MINUTE) / 1000;
    const after = (NOW - 3 * MINUTE) / 1000;
    const { onsets } = await find({
      startedAt: NOW - 5 * MINUTE,
      series: (query) =>
        query.startsWith('ALERTS_FOR_STATE') ? [series(LABELS, `${before} ${before} . . ${after} ${after}`)] : [],
      alerts: [{ labels: LABELS, state: 'firing', activeAt: iso(NOW - 3 * MINUTE) }],
      groups: GROUPS,
      targets: TARGETS,
    });
    expect(onsets).toHaveLength(1);
    expect(onsets[0]).toMatchObject({
      earliestAt: NOW - 8 * MINUTE - 100_000,
      latestAt: NOW - 3 * MINUTE,
      recovery: null,
      words: expect.stringContaining('Prometheus restarted meanwhile'),
    });
  });

  it('subtracts the rule’s for from startsAt where the alert is not known any more', async () => {
    const { onsets } = await find({ groups: GROUPS, targets: TARGETS }, { startsAt: NOW - MINUTE });
    expect(onsets.map(({ method }) => method)).toEqual(['starts-at']);
    expect(onsets[0]?.latestAt).toBe(NOW - MINUTE - 15 * MINUTE);
  });

  it('takes the rules of that name where the alert lost its labels on the way', async () => {
    const labelled = { ...RULE, labels: { severity: 'critical', team: 'platform' } };
    const { onsets } = await find(
      { groups: [{ interval: 30, rules: [labelled] }], targets: TARGETS },
      { startsAt: NOW - MINUTE },
    );
    expect(onsets[0]?.latestAt).toBe(NOW - MINUTE - 15 * MINUTE);
  });

  it('asks for samples where the alert is about a rate', async () => {
    const burn = { ...RULE, query: 'sum(apiserver_request:burnrate1h) > 0.1' };
    const { onsets, notes } = await find(
      { groups: [{ interval: 30, rules: [burn] }], targets: TARGETS },
      { startsAt: NOW - MINUTE },
    );
    expect(onsets).toEqual([]);
    expect(notes.at(-1)).toContain('name a series of samples under prometheus.samples');
  });

  it('says what vanished is no data, and reaches back to it by the alert', async () => {
    const { onsets, notes } = await find({
      series: (query) => (query.startsWith('up') ? [series({ instance: 'a' }, '1 1 . . . . . .')] : []),
      alerts: [{ labels: LABELS, state: 'firing', activeAt: iso(NOW - MINUTE) }],
      groups: GROUPS,
      targets: TARGETS,
    });
    expect(notes[0]).toContain('which is no data and not a failure');
    expect(onsets[0]?.earliestAt).toBe(NOW - 6 * MINUTE);
  });

  it('has the webhook’s word alone where Prometheus does not answer, and says why', async () => {
    const { onsets, notes } = await find(
      { instead: (_request, response) => response.destroy() },
      { startsAt: NOW - MINUTE },
    );
    expect(onsets.map(({ method }) => method)).toEqual(['starts-at']);
    expect(notes).toEqual([expect.stringContaining("can't be asked")]);
    expect(await find({ instead: (_request, response) => response.destroy() })).toMatchObject({ onsets: [] });
  });

  it('assumes what is usual, and says so, where it may not read rules and targets', async () => {
    const { onsets } = await find({ alerts: [{ labels: LABELS, state: 'firing', activeAt: iso(NOW - MINUTE) }] });
    expect(onsets[0]?.words).toMatch(/Assumed: evaluated every 60 s.*scraped every 60 s/);
  });
});

describe('the usual selectors', () => {
  it('name the cluster’s endpoint, however it is written', () => {
    const [probe, up] = usualSelectors({ host: 'api.prod.example', port: 6443 });
    expect(probe).toBe('probe_success{instance=~"(https?://)?api\\\\.prod\\\\.example(:6443)?(/.*)?"}');
    expect(up).toBe('up{job=~"apiserver|kube-apiserver|kubernetes-apiservers"}');
    expect(usualSelectors({ host: '2001:db8::1', port: 443 })[0]).toContain('\\\\[2001:db8::1\\\\](:443)?');
    expect(usualSelectors(null)).toEqual([up]);
  });
});

async function find(served: Served, alert?: { startsAt: number }): Promise<Found> {
  serving = await servePrometheus({ nowAt: NOW, ...served });
  return findOnsets(
    prometheusAt({ url: serving.url, tokenFile: null, basic: null, caPem: null }),
    {
      cluster: 'prod',
      clusterLabel: 'cluster',
      samples: ['up'],
      alertname: 'KubeAPIDown',
      alert: alert === undefined ? null : { ...alert, alertname: 'KubeAPIDown', labels: LABELS },
      nearAt: NOW,
      clock: { now: () => NOW },
    },
    AbortSignal.timeout(10_000),
  );
}

/** A sample a minute, the last at `untilAt`; `.` where there is none. */
function series(metric: object, values: string, untilAt = NOW): object {
  const all = values.split(' ');
  return {
    metric,
    values: all.flatMap((value, index) =>
      value === '.' ? [] : [[(untilAt - (all.length - 1 - index) * MINUTE) / 1000, value]],
    ),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
