import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority } from '../../../dev/stand-in/certificates.ts';
import { alertIntake, type ToldAlert } from '../../../src/onset/alerts/intake.ts';
import { alertsRoute } from '../../../src/onset/alerts/route.ts';
import { type Prometheus, prometheusAt } from '../../../src/onset/prometheus/api.ts';
import { type HttpServer, serveHttp } from '../../../src/ops/http-server.ts';
import { createLog } from '../../../src/ops/log.ts';
import { freePort } from '../harness/ports.ts';
import { until } from '../harness/until.ts';

/** Debian's Prometheus, Alertmanager and blackbox exporter on loopback, watching a TLS server of this process. */
export interface Stack {
  readonly prometheus: Prometheus;
  readonly endpoint: { readonly host: string; readonly port: number };
  /** What came by the webhook, with when it was handed on. */
  readonly alerts: readonly (ToldAlert & { readonly receivedAt: number })[];
  /** As Alertmanager sent them. */
  readonly payloads: readonly string[];
  /** @returns the moments between which it stopped, epoch ms */
  stopApi(): Promise<{ fromAt: number; toAt: number }>;
  startApi(): Promise<{ fromAt: number; toAt: number }>;
  close(): Promise<void>;
}

export interface Pace {
  /** Of scrapes and evaluations. */
  readonly everyMs: number;
  /** The rule's `for`. */
  readonly forMs: number;
}

export const cluster = 'prod';
const HOST = '127.0.0.1';
const TOKEN = 'a-token-for-alertmanager';
const PROGRAMS = ['prometheus', 'prometheus-alertmanager', 'prometheus-blackbox-exporter'];

/** What is missing to run it, and how to get it; null when nothing is. */
export async function stackMissing(): Promise<string | null> {
  const found = await Promise.allSettled(PROGRAMS.map((program) => access(`/usr/bin/${program}`)));
  return found.every(({ status }) => status === 'fulfilled') ? null : `needs ${PROGRAMS.join(', ')}: test/e2e/prepare`;
}

export async function startStack({ everyMs, forMs }: Pace): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-prometheus-'));
  const [api, prometheus, alertmanager, blackbox] = await Promise.all([1, 2, 3, 4].map(() => freePort(HOST)));
  const authority = await makeAuthority('kubernetes');
  const leaf = await authority.issue({ commonName: 'kube-apiserver', names: [], addresses: [HOST] });
  const ca = join(folder, 'ca.crt');
  const alerts: (ToldAlert & { receivedAt: number })[] = [];
  const payloads: string[] = [];
  const programs: ChildProcess[] = [];
  let serving: Server | null = null;
  const bot = await serveBot(alerts, payloads);

  const startApi = async () => {
    const fromAt = Date.now();
    serving = createServer({ cert: leaf.certPem, key: leaf.keyPem }, (_request, response) =>
      response.end('api_up 1\n'),
    );
    serving.listen(api, HOST);
    await once(serving, 'listening');
    return { fromAt, toAt: Date.now() };
  };
  const stopApi = async () => {
    const stopping = serving;
    if (stopping === null) throw new Error('it does not run');
    const fromAt = Date.now();
    const closed = once(stopping, 'close');
    stopping.close();
    stopping.closeAllConnections();
    const toAt = Date.now();
    serving = null;
    await closed;
    return { fromAt, toAt };
  };
  const close = async () => {
    for (const program of programs) {
      if (program.exitCode !== null || program.signalCode !== null) continue;
      const ended = once(program, 'exit');
      program.kill('SIGKILL');
      await ended;
    }
    if (serving !== null) await stopApi();
    await bot.close();
    await rm(folder, { recursive: true });
  };

  try {
    await startApi();
    await Promise.all([
      writeFile(ca, authority.caPem),
      writeFile(join(folder, 'blackbox.yml'), blackboxYml(ca)),
      writeFile(join(folder, 'alertmanager.yml'), alertmanagerYml(bot.port)),
      writeFile(join(folder, 'rules.yml'), rulesYml(forMs)),
      writeFile(join(folder, 'prometheus.yml'), prometheusYml({ everyMs, api, alertmanager, blackbox, ca })),
    ]);
    const file = (name: string) => `--config.file=${join(folder, name)}`;
    const listen = (port: number | undefined) => `--web.listen-address=${HOST}:${port}`;
    programs.push(
      run('prometheus-blackbox-exporter', [file('blackbox.yml'), listen(blackbox)]),
      run('prometheus-alertmanager', [
        file('alertmanager.yml'),
        listen(alertmanager),
        '--cluster.listen-address=',
        `--storage.path=${join(folder, 'alertmanager')}`,
      ]),
      run('prometheus', [file('prometheus.yml'), listen(prometheus), `--storage.tsdb.path=${join(folder, 'data')}`]),
    );
    const client = prometheusAt({ url: `http://${HOST}:${prometheus}`, tokenFile: null, basic: null, caPem: null });
    await until(60_000, () => watched(client));
    return { prometheus: client, endpoint: { host: HOST, port: api ?? 0 }, alerts, payloads, stopApi, startApi, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The alert that tells of a failure at that moment; another one may have fired before the first sample was there. */
export function firingSince(stack: Stack, at: number): Stack['alerts'][number] | undefined {
  return stack.alerts.find(({ status, startsAt }) => status === 'firing' && startsAt >= at);
}

/** Word that this alert is over. */
export function resolvedOf(stack: Stack, alert: ToldAlert): Stack['alerts'][number] | undefined {
  return stack.alerts.find(({ status, startsAt }) => status === 'resolved' && startsAt === alert.startsAt);
}

/** Two good samples of each kind, after any bad one, and no alert: what came before is over. */
export async function watched(prometheus: Prometheus): Promise<string | null> {
  const active = await prometheus.alerts(AbortSignal.timeout(5_000));
  if (active.kind === 'failed') return active.why;
  if (active.value.length > 0) return 'an alert is active';
  for (const selector of ['probe_success', 'up{job="apiserver"}']) {
    const asked = await prometheus.samples(selector, 600_000, Date.now(), AbortSignal.timeout(5_000));
    if (asked.kind === 'failed') return asked.why;
    const last = asked.value[0]?.points.slice(-2) ?? [];
    if (last.length < 2 || last.some(({ value }) => value !== 1)) return `no two good samples of ${selector} yet`;
  }
  return null;
}

async function serveBot(alerts: (ToldAlert & { receivedAt: number })[], payloads: string[]): Promise<HttpServer> {
  const log = createLog({ name: 'test', level: 'warn' });
  const settings = { clusters: [cluster, 'stage'], clusterLabel: 'cluster', names: ['KubeAPIDown'], open: 'C0123' };
  const intake = alertIntake(settings, async (alert) => {
    alerts.push({ ...alert, receivedAt: Date.now() });
  });
  const route = alertsRoute({ token: TOKEN, intake, clock: { now: Date.now }, log });
  const listening = {
    ...route,
    answer: (asking: Parameters<typeof route.answer>[0]) =>
      route.answer({
        ...asking,
        body: async (most) => {
          const body = await asking.body(most);
          if (body.kind === 'body') payloads.push(body.text);
          return body;
        },
      }),
  };
  return serveHttp({ host: HOST, port: 0 }, [listening], log);
}

function run(program: string, args: readonly string[]): ChildProcess {
  return spawn(`/usr/bin/${program}`, [...args, '--log.level=error'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function prometheusYml(on: {
  everyMs: number;
  api: number | undefined;
  alertmanager: number | undefined;
  blackbox: number | undefined;
  ca: string;
}): string {
  return `
global:
  scrape_interval: ${on.everyMs}ms
  scrape_timeout: ${Math.round(on.everyMs * 0.8)}ms
  evaluation_interval: ${on.everyMs}ms
  external_labels: { cluster: ${cluster} }
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - static_configs: [{ targets: ['${HOST}:${on.alertmanager}'] }]
scrape_configs:
  - job_name: apiserver
    scheme: https
    tls_config: { ca_file: ${on.ca} }
    static_configs: [{ targets: ['${HOST}:${on.api}'] }]
  - job_name: blackbox
    metrics_path: /probe
    params: { module: [api] }
    static_configs: [{ targets: ['https://${HOST}:${on.api}'] }]
    relabel_configs:
      - { source_labels: [__address__], target_label: __param_target }
      - { source_labels: [__param_target], target_label: instance }
      - { target_label: __address__, replacement: '${HOST}:${on.blackbox}' }
`;
}

/** The expression is the common rule's own. Source: https://github.com/kubernetes-monitoring/kubernetes-mixin */
function rulesYml(forMs: number): string {
  return `
groups:
  - name: kubernetes-system-apiserver
    rules:
      - alert: KubeAPIDown
        expr: absent(up{job="apiserver"} == 1)
        for: ${forMs}ms
        labels: { severity: critical }
        annotations: { summary: Target disappeared from Prometheus target discovery. }
`;
}

function alertmanagerYml(port: number): string {
  return `
route: { receiver: apidown, group_by: [alertname, cluster], group_wait: 100ms, group_interval: 1s, repeat_interval: 1h }
receivers:
  - name: apidown
    webhook_configs:
      - url: http://${HOST}:${port}/alerts
        http_config: { authorization: { credentials: ${TOKEN} } }
`;
}

function blackboxYml(ca: string): string {
  return `
modules:
  api: { prober: http, http: { preferred_ip_protocol: ip4, tls_config: { ca_file: ${ca} } } }
`;
}
