import packageJson from '../../package.json' with { type: 'json' };
import { rememberContests } from '../link/contests.ts';
import type { Hub } from '../link/hub.ts';
import type { SlackApp } from '../slack/app.ts';
import type { BotState } from '../terminal/bot-state.ts';

/** What the bot tells of itself on its socket. */
export function botState(options: {
  readonly clusters: readonly string[];
  readonly hub: Pick<Hub, 'agents' | 'onChange'>;
  readonly slack: Pick<SlackApp, 'state'>;
  /** Epoch ms. */
  readonly clock: () => number;
}): { state(): BotState; stop(): void } {
  const { clusters, hub, slack, clock } = options;
  const contests = rememberContests(hub, clock);
  return {
    state() {
      const connection = slack.state();
      return {
        version: packageJson.version,
        slack: connection.kind,
        slackTrouble: 'reason' in connection ? connection.reason : null,
        agents: clusters.flatMap((cluster) =>
          hub.agents(cluster).map(({ vantage, clockToleranceMs, ...agent }) => ({
            cluster,
            role: agent.role,
            instance: vantage.instance,
            version: agent.version,
            keyId: agent.keyId,
            connectedAt: agent.connectedAt,
            lastSeenAt: agent.lastSeenAt,
            clockOffsetMs: agent.clockOffsetMs,
            clockToleranceMs,
            peerAddress: agent.peerAddress,
          })),
        ),
        contested: [...contests.contests()],
      };
    },
    stop: contests.stop,
  };
}
