import type { Dashboard, Panel, RowPanel } from '@grafana/schema';

/** What an operator wants to see of apidown, in Grafana's own types. */
export function dashboard(): Dashboard {
  return {
    uid: 'apidown',
    title: 'apidown',
    description: 'API servers as apidown sees them, and apidown itself. Metrics: docs/metrics.md',
    tags: ['apidown', 'kubernetes'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: 'utc',
    time: { from: 'now-6h', to: 'now' },
    refresh: '30s',
    templating: {
      list: [
        { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
        {
          ...{ name: 'cluster', label: 'Cluster', type: 'query', datasource, refresh: 2, sort: 1 },
          ...{ multi: true, includeAll: true, allValue: '.*' },
          query: { query: 'label_values(apidown_cluster_down, cluster)', refId: 'cluster' },
        },
      ],
    },
    panels: laidOut([
      ['Clusters', clusters],
      ['Agents and what they tell', agents],
      ['Slack', slack],
      ['The bot', bot],
    ]),
  };
}

const datasource = { type: 'prometheus', uid: '$' + '{datasource}' };

/** Queries by legend. */
interface Shown {
  readonly title: string;
  readonly about?: string;
  readonly type: 'timeseries' | 'state-timeline' | 'stat' | 'table';
  readonly unit?: string;
  readonly queries: readonly (readonly [legend: string, expr: string])[];
}

const clusters: readonly Shown[] = [
  {
    title: 'Outage',
    about: '1 while the probers see an outage.',
    type: 'state-timeline',
    queries: [['{{cluster}}', 'apidown_cluster_down{cluster=~"$cluster"}']],
  },
  {
    title: 'Share of good probes of the endpoint',
    type: 'timeseries',
    unit: 'percentunit',
    queries: [
      [
        '{{cluster}} from {{vantage}}',
        'sum by (cluster, vantage) (rate(apidown_probes_total{cluster=~"$cluster",path="endpoint",outcome="good"}[$__rate_interval])) / sum by (cluster, vantage) (rate(apidown_probes_total{cluster=~"$cluster",path="endpoint"}[$__rate_interval]))',
      ],
    ],
  },
  {
    title: 'Failed probes, by what failed',
    type: 'timeseries',
    unit: 'cps',
    queries: [
      [
        '{{cluster}} {{path}} from {{vantage}}: {{outcome}}',
        'sum by (cluster, vantage, path, outcome) (rate(apidown_probes_total{cluster=~"$cluster",outcome!="good"}[$__rate_interval]))',
      ],
    ],
  },
  {
    title: 'Probe of the endpoint from outside, 99th percentile by phase',
    type: 'timeseries',
    unit: 's',
    queries: [
      [
        '{{cluster}} {{phase}}',
        'histogram_quantile(0.99, sum by (cluster, phase, le) (rate(apidown_probe_phase_seconds_bucket{cluster=~"$cluster",vantage="outside"}[$__rate_interval])))',
      ],
    ],
  },
  {
    title: 'How the bot watches',
    about: 'good and bad are what its last probe found; the others say why there is none.',
    type: 'state-timeline',
    queries: [['{{cluster}} {{state}}', 'apidown_prober_state{cluster=~"$cluster"} == 1']],
  },
  {
    title: 'Investigations',
    type: 'timeseries',
    queries: [
      ['{{cluster}} open', 'apidown_investigations_open{cluster=~"$cluster"}'],
      [
        '{{cluster}} opened in an hour, {{how}}',
        'increase(apidown_investigations_opened_total{cluster=~"$cluster"}[1h])',
      ],
      ['concluded in an hour', 'increase(apidown_investigations_concluded_total[1h])'],
    ],
  },
];

const agents: readonly Shown[] = [
  {
    title: 'Connected',
    type: 'state-timeline',
    queries: [['{{cluster}} {{vantage}} {{instance}}', 'apidown_agent_up{cluster=~"$cluster"}']],
  },
  {
    title: 'Clock against the bot',
    about: 'At 300 s an agent is refused.',
    type: 'timeseries',
    unit: 's',
    queries: [['{{cluster}} {{instance}}', 'apidown_agent_clock_offset_seconds{cluster=~"$cluster"}']],
  },
  {
    title: 'Since the last word',
    type: 'timeseries',
    unit: 's',
    queries: [['{{cluster}} {{instance}}', 'time() - apidown_agent_last_seen_timestamp_seconds{cluster=~"$cluster"}']],
  },
  {
    title: 'New changes, by source',
    type: 'timeseries',
    queries: [
      [
        '{{cluster}} {{source}}',
        'sum by (cluster, source) (increase(apidown_changes_total{cluster=~"$cluster"}[$__rate_interval]))',
      ],
      [
        '{{cluster}} lost records',
        'increase(apidown_journal_lost_records_total{cluster=~"$cluster"}[$__rate_interval])',
      ],
    ],
  },
  {
    title: 'Sources outside of the clusters',
    type: 'state-timeline',
    queries: [['{{source}} {{instance}}', 'apidown_source_up']],
  },
  {
    title: 'Requests of the sources',
    type: 'timeseries',
    unit: 'reqps',
    queries: [['{{source}} {{instance}}', 'rate(apidown_source_requests_total[$__rate_interval])']],
  },
  {
    title: 'Checks, by outcome',
    type: 'timeseries',
    queries: [
      [
        '{{check}} {{vantage}}: {{outcome}}',
        'sum by (check, vantage, outcome) (increase(apidown_checks_total{cluster=~"$cluster"}[$__rate_interval]))',
      ],
    ],
  },
  {
    title: 'Answer to a check, 99th percentile',
    type: 'timeseries',
    unit: 's',
    queries: [
      [
        '{{check}} {{vantage}}',
        'histogram_quantile(0.99, sum by (check, vantage, le) (rate(apidown_check_seconds_bucket[$__rate_interval])))',
      ],
    ],
  },
];

const slack: readonly Shown[] = [
  { title: 'Connected', type: 'state-timeline', queries: [['Slack', 'apidown_slack_connected']] },
  {
    title: 'Calls',
    type: 'timeseries',
    unit: 'reqps',
    queries: [
      ['{{method}}: {{outcome}}', 'sum by (method, outcome) (rate(apidown_slack_calls_total[$__rate_interval]))'],
    ],
  },
  {
    title: 'Acknowledgement, 99th percentile',
    about: 'After 3 s Slack tells people that apidown did not respond.',
    type: 'timeseries',
    unit: 's',
    queries: [
      [
        'commands and presses',
        'histogram_quantile(0.99, sum by (le) (rate(apidown_slack_ack_seconds_bucket[$__rate_interval])))',
      ],
    ],
  },
  {
    title: 'Health posts, by what became of them',
    about: 'late: posted after the slot. missed: nobody was there in time. refused, failed: Slack has none.',
    type: 'timeseries',
    queries: [['{{outcome}}', 'sum by (outcome) (increase(apidown_health_posts_total[$__rate_interval]))']],
  },
  {
    title: 'Since the last health post',
    type: 'stat',
    unit: 's',
    queries: [['', 'time() - max(apidown_health_last_post_timestamp_seconds)']],
  },
  {
    title: 'Calls, 99th percentile',
    type: 'timeseries',
    unit: 's',
    queries: [
      [
        '{{method}}',
        'histogram_quantile(0.99, sum by (method, le) (rate(apidown_slack_call_seconds_bucket[$__rate_interval])))',
      ],
    ],
  },
];

const bot: readonly Shown[] = [
  { title: 'Version', type: 'table', queries: [['', 'apidown_build_info']] },
  {
    title: 'Versions of agents',
    type: 'table',
    queries: [['', 'count by (cluster, vantage, version) (apidown_agent_info)']],
  },
  {
    title: 'Store takes writes',
    type: 'state-timeline',
    queries: [['store', 'apidown_store_up']],
  },
  {
    title: 'Size of the store',
    type: 'timeseries',
    unit: 'bytes',
    queries: [['{{file}}', 'apidown_store_size_bytes']],
  },
  {
    title: 'Calls of the store, 99th percentile',
    type: 'timeseries',
    unit: 's',
    queries: [
      [
        '{{shelf}}',
        'histogram_quantile(0.99, sum by (shelf, le) (rate(apidown_store_call_seconds_bucket[$__rate_interval])))',
      ],
    ],
  },
  {
    title: 'Failed calls of the store',
    type: 'timeseries',
    queries: [['{{shelf}}', 'increase(apidown_store_calls_total{outcome="failed"}[$__rate_interval])']],
  },
  {
    title: 'Memory',
    type: 'timeseries',
    unit: 'bytes',
    queries: [
      ['resident', 'process_resident_memory_bytes and on (instance, job) apidown_build_info'],
      ['heap in use', 'nodejs_heap_size_used_bytes and on (instance, job) apidown_build_info'],
    ],
  },
  {
    title: 'Event loop lag, 99th percentile',
    type: 'timeseries',
    unit: 's',
    queries: [['lag', 'nodejs_eventloop_lag_p99_seconds and on (instance, job) apidown_build_info']],
  },
];

const columns = 2;
const [wide, high] = [24 / columns, 8];

function laidOut(rows: readonly (readonly [title: string, shown: readonly Shown[]])[]): (Panel | RowPanel)[] {
  let [y, id] = [0, 0];
  return rows.flatMap(([title, all]) => {
    const row: RowPanel = { type: 'row', id: ++id, title, collapsed: false, panels: [], gridPos: at(0, y, 24, 1) };
    const panels = all.map((shown, index) => {
      const place = at((index % columns) * wide, y + 1 + Math.floor(index / columns) * high, wide, high);
      return panel(shown, ++id, place);
    });
    y += 1 + Math.ceil(all.length / columns) * high;
    return [row, ...panels];
  });
}

function at(x: number, y: number, w: number, h: number) {
  return { x, y, w, h };
}

function panel({ title, about, type, unit, queries }: Shown, id: number, gridPos: ReturnType<typeof at>): Panel {
  return {
    ...{ id, title, type, datasource, gridPos },
    ...(about === undefined ? {} : { description: about }),
    fieldConfig: { defaults: unit === undefined ? {} : { unit }, overrides: [] },
    options: {},
    targets: queries.map(([legendFormat, expr], index) => ({
      ...{ refId: String.fromCharCode(65 + index), datasource, expr, legendFormat },
      ...(type === 'table' ? { format: 'table', instant: true } : {}),
    })),
  };
}
