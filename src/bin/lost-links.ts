import type { Situation } from '../correlation/situation.ts';
import type { Hub } from '../link/hub.ts';
import { vantageName } from '../words/vantage.ts';

/** As long as a diagnosis may still ask. */
const keptMs = 3 * 60 * 60_000;

/** Remembers which agents were lost when: a link that breaks with the API server is evidence. */
export function rememberLostLinks(hub: Pick<Hub, 'onChange'>, now: () => number) {
  let lost: { cluster: string; vantage: string; at: number }[] = [];
  const stop = hub.onChange(({ kind, agent }) => {
    if (kind !== 'gone') return;
    const at = now();
    // The last word from it: the bot notices the loss only when its pings go unanswered.
    const link = { cluster: agent.cluster, vantage: vantageName(agent.vantage), at: agent.lastSeenAt };
    lost = [...lost.filter((one) => one.at > at - keptMs), link];
  });
  return {
    between(cluster: string, fromAt: number, toAt: number): Situation['linksLost'] {
      return lost
        .filter((one) => one.cluster === cluster && fromAt <= one.at && one.at <= toAt)
        .map(({ vantage, at }) => ({ vantage, at }));
    },
    stop,
  };
}
