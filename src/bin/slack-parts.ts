import type { Config } from '../config/load.ts';
import { createHistory } from '../investigation/history.ts';
import type { Investigation } from '../investigation/state.ts';
import type { Hub } from '../link/hub.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { SlackApp, SlackAppOptions } from '../slack/app.ts';
import type { SlackTokens } from '../slack/inlet.ts';
import type { Store } from '../store/store.ts';
import { lastingOutage } from './watch-outages.ts';

interface SlackNeeds {
  readonly config: Pick<Config, 'slack' | 'clusters' | 'permissions'>;
  readonly store: Pick<Store, 'messages' | 'outages' | 'channelClusters' | 'investigations' | 'pasts' | 'audit'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What Slack's app needs of the configuration and the store. */
export function slackParts({ config, store, clock, log }: SlackNeeds) {
  return {
    tokens: tokensOf(config.slack),
    ...(config.slack.apiUrl === null ? {} : { apiUrl: config.slack.apiUrl }),
    clusters: Object.entries(config.clusters).map(([name, { channels }]) => ({ name, channels })),
    grants: config.permissions,
    records: store.messages,
    async outageOf(cluster) {
      const lasting = await lastingOutage(store, cluster, clock.now());
      return lasting === null ? null : { since: lasting.onset, words: lasting.words };
    },
    channelClusters: store.channelClusters,
    history: createHistory({ investigations: store.investigations, shelf: store.pasts }),
    audit: store.audit,
    clock,
    log,
  } satisfies Partial<SlackAppOptions>;
}

function tokensOf(slack: Config['slack']): SlackTokens {
  const bot = slack.botToken;
  return slack.mode === 'socket'
    ? { bot, app: slack.appToken }
    : { bot, signingSecret: slack.signingSecret, listen: slack.listen };
}

/** Cards show who is connected: they follow when an agent comes or goes. Returns what ends that. */
export function refreshCards(
  hub: Pick<Hub, 'onChange'>,
  slack: Pick<SlackApp, 'publish'>,
  open: () => Promise<readonly Investigation[]>,
  log: Log,
): () => void {
  return hub.onChange(({ agent }) => {
    open()
      .then((all) => all.filter(({ cluster }) => cluster === agent.cluster).map(slack.publish))
      .catch((error: unknown) => log.error({ error, cluster: agent.cluster }, 'cards could not be refreshed'));
  });
}
