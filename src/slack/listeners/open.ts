import { setTimeout as wait } from 'node:timers/promises';
import { prose } from '../escape.ts';
import type { SendOutcome } from '../outbound.ts';
import {
  chooseClusterReply,
  inviteReply,
  joinedReply,
  noClusters,
  saying,
  unknownClusterReply,
} from '../render/replies.ts';
import { chooseCluster } from '../request.ts';
import { type Caller, type ListenerPorts, tell } from './ports.ts';

/** How long to wait for the card before the person is told nothing; it goes on being sent. */
const cardPatienceMs = 8000;

/** Opens an investigation where the caller is, or joins the one that is open there. `redelivered`: Slack sent the same request again. */
export async function openInvestigation(
  ports: ListenerPorts,
  caller: Caller,
  given: string | null,
  redelivered: boolean,
): Promise<void> {
  const say = (content: Parameters<typeof tell>[2]) => tell(ports.outbound, caller, content);
  const choice = chooseCluster(ports.clusters, caller.channel, given);
  const names = ports.clusters.map(({ name }) => name);
  switch (choice.kind) {
    case 'chosen':
      return openCluster(ports, caller, choice.cluster, redelivered);
    case 'unknown':
      return say(unknownClusterReply(choice.given, choice.suggestion, names));
    case 'ask':
      return say(chooseClusterReply(choice.names, caller.thread));
    case 'none':
      return say(saying(noClusters));
    default:
      return choice satisfies never;
  }
}

async function openCluster(ports: ListenerPorts, caller: Caller, cluster: string, redelivered: boolean): Promise<void> {
  const { gate, investigations, outbound } = ports;
  const permission = await gate.check(caller, cluster, 'investigate');
  if (permission.kind === 'refused') return tell(outbound, caller, saying(permission.mrkdwn));

  const opened = await investigations.open({
    cluster,
    by: { kind: 'person', id: caller.user },
    room: { channel: caller.channel, thread: caller.thread },
    endpoint: null,
  });
  if (opened.kind === 'refused') return tell(outbound, caller, saying(prose(opened.message, 1000)));

  const { investigation } = opened;
  const card = await publishedSoon(ports.publisher.publish(investigation));
  if (card?.kind === 'refused') return tell(outbound, caller, inviteReply(investigation, caller.channel, card.error));
  if (opened.kind === 'joined' && !redelivered) {
    const at = card?.kind === 'sent' ? ports.permalink(card.channel, card.ts) : null;
    await tell(outbound, caller, joinedReply(investigation, at));
  }
  ports.log.info(
    { investigation: investigation.id, user: caller.user, opened: opened.kind },
    'an investigation was asked for',
  );
}

async function publishedSoon(published: Promise<SendOutcome | null>): Promise<SendOutcome | null> {
  const patience = new AbortController();
  const late = wait(cardPatienceMs, null, { signal: patience.signal }).catch(() => null);
  try {
    return await Promise.race([published, late]);
  } finally {
    patience.abort();
  }
}
