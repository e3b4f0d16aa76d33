/** One number at this moment, or several told apart by labels. */
export interface Metric {
  /** With its unit, such as `apidown_agents_connected` or `process_resident_memory_bytes`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly samples: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[];
}

/** What Prometheus' own exporters call these. */
export function processMetrics(): readonly Metric[] {
  const memory = process.memoryUsage.rss();
  const startedAt = (Date.now() - process.uptime() * 1000) / 1000;
  const { user, system } = process.cpuUsage();
  return [
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', memory),
    gauge('process_start_time_seconds', 'Start time of the process since the epoch in seconds.', startedAt),
    {
      ...gauge('process_cpu_seconds_total', 'User and system CPU time spent in seconds.', (user + system) / 1e6),
      type: 'counter',
    },
  ];
}

/** In Prometheus' text format 0.0.4. Source: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function renderMetrics(metrics: readonly Metric[]): string {
  return metrics
    .flatMap(({ name, help, type, samples }) => [
      `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(({ labels, value }) => `${name}${labelled(labels ?? {})} ${value}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', samples: [{ value }] };
}

function labelled(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
    return `${name}="${escaped}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
