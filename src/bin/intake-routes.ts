import { type ChangesParts, changesRoutes } from '../changes/intake/route.ts';
import type { Config } from '../config/load.ts';
import { alertIntake, type ToldAlert } from '../onset/alerts/intake.ts';
import { alertsRoute } from '../onset/alerts/route.ts';
import type { Route } from '../ops/http-server.ts';

/** What others push to the bot: alerts, and changes. Each is served only where whoever pushes can prove themselves. */
export function intakeRoutes(
  config: Pick<Config, 'alerts' | 'changes' | 'clusters' | 'intakeSecrets'>,
  parts: Pick<ChangesParts, 'journal' | 'onLearned' | 'clock' | 'log'> & {
    onAlert(alert: ToldAlert): Promise<void>;
  },
): readonly Route[] {
  const clusters = Object.keys(config.clusters);
  return [...alertRoutes(config.alerts, clusters, parts), ...changeRoutes(config, clusters, parts)];
}

function alertRoutes(
  alerts: Config['alerts'],
  clusters: readonly string[],
  { onAlert, clock, log }: Parameters<typeof intakeRoutes>[1],
): readonly Route[] {
  if (alerts.token === null) return [];
  const intake = alertIntake({ ...alerts, clusters }, onAlert);
  return [alertsRoute({ token: alerts.token, intake, clock, log })];
}

function changeRoutes(
  { changes, intakeSecrets: secrets }: Pick<Config, 'changes' | 'intakeSecrets'>,
  clusters: readonly string[],
  { journal, onLearned, clock, log }: Parameters<typeof intakeRoutes>[1],
): readonly Route[] {
  if (secrets.token === null && secrets.hmacKey === null) return [];
  return changesRoutes({ journal, onLearned, clock, log, secrets, clusters, rules: changes.intake.clusters });
}
