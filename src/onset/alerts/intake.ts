import type { AlertmanagerPayload } from './payload.ts';

/** An alert that is about one of our clusters. Times are epoch ms. */
export interface ToldAlert {
  readonly cluster: string;
  readonly alertname: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: 'firing' | 'resolved';
  /** When it began to fire, which is not when the failure began. */
  readonly startsAt: number;
  /** When it was over; null while it fires. */
  readonly endsAt: number | null;
  /** The same for the same alert, whenever it fires. */
  readonly fingerprint: string;
  /** Where a person sees its expression; null when not told. */
  readonly generatorURL: string | null;
  /** Where to open an investigation by itself; null: nowhere. */
  readonly channel: string | null;
}

export interface AlertSettings {
  readonly clusters: readonly string[];
  /** The label that names the cluster. */
  readonly clusterLabel: string;
  /** Names of the alerts that count. */
  readonly names: readonly string[];
  /** Id of the channel in which an alert opens an investigation; null: none does. */
  readonly open: string | null;
}

interface Taken {
  /** Handed on. */
  readonly taken: number;
  /** Told before, as Alertmanager does on purpose. */
  readonly repeated: number;
  /** Other alerts than those that count. */
  readonly ignored: number;
  /** About no cluster that is known here: what is wrong, in words. */
  readonly unknown: readonly string[];
}

export interface AlertIntake {
  /** Hands each alert on once for each time it fires and is resolved. @throws what `onAlert` throws; told again, it is tried again */
  take(payload: AlertmanagerPayload): Promise<Taken>;
}

/** As many as are remembered to have been told. After a restart an alert may be handed on once more. */
const REMEMBERED = 2_000;

export function alertIntake(settings: AlertSettings, onAlert: (alert: ToldAlert) => Promise<void>): AlertIntake {
  const told = new Map<string, Promise<void>>();

  async function once(alert: ToldAlert): Promise<'taken' | 'repeated'> {
    const key = JSON.stringify([alert.fingerprint, alert.startsAt, alert.status]);
    const before = told.get(key);
    if (before !== undefined) {
      await before;
      return 'repeated';
    }
    const handing = onAlert(alert);
    told.set(key, handing);
    for (const oldest of told.keys()) if (told.size > REMEMBERED) told.delete(oldest);
    try {
      await handing;
      return 'taken';
    } catch (error) {
      told.delete(key);
      throw error;
    }
  }

  return {
    async take({ alerts }) {
      const read = alerts.map((alert) => readAlert(alert, settings));
      const handed = await Promise.allSettled(read.flatMap((one) => (one.kind === 'ours' ? [once(one.alert)] : [])));
      const failed = handed.find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      const count = (what: string) => handed.filter((one) => one.status === 'fulfilled' && one.value === what).length;
      return {
        taken: count('taken'),
        repeated: count('repeated'),
        ignored: read.filter(({ kind }) => kind === 'ignored').length,
        unknown: [...new Set(read.flatMap((one) => (one.kind === 'unknown' ? [one.why] : [])))],
      };
    },
  };
}

type Read =
  | { readonly kind: 'ours'; readonly alert: ToldAlert }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unknown'; readonly why: string };

function readAlert(alert: AlertmanagerPayload['alerts'][number], settings: AlertSettings): Read {
  const { labels, status } = alert;
  const alertname = labels.alertname ?? '';
  if (!settings.names.includes(alertname)) return { kind: 'ignored' };
  const named = labels[settings.clusterLabel];
  const only = settings.clusters.length === 1 ? settings.clusters[0] : undefined;
  const cluster = named ?? only;
  if (cluster === undefined) {
    const why = `${alertname} has no label "${settings.clusterLabel}": set it under external_labels of Prometheus, or name another label by alerts.clusterLabel`;
    return { kind: 'unknown', why };
  }
  if (!settings.clusters.includes(cluster)) {
    const why = `${alertname} is about ${settings.clusterLabel}="${cluster.slice(0, 100)}", which is no cluster of the configuration (${settings.clusters.join(', ')})`;
    return { kind: 'unknown', why };
  }
  return {
    kind: 'ours',
    alert: {
      cluster,
      alertname,
      labels,
      status,
      startsAt: alert.startsAt,
      endsAt: status === 'resolved' ? (alert.endsAt ?? null) : null,
      fingerprint: alert.fingerprint ?? JSON.stringify(Object.entries(labels).sort()),
      generatorURL: alert.generatorURL === '' ? null : alert.generatorURL,
      channel: settings.open,
    },
  };
}
