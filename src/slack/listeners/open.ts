import { setTimeout as wait } from 'node:timers/promises';
import { prose } from '../escape.ts';
import type { SendOutcome } from '../outbound.ts';
import {
  chooseClusterReply,
  inviteReply,
  joinedReply,
  noClusters,
  rememberedReply,
  saying,
  unclearReportReply,
  understoodReply,
  unknownClusterReply,
} from '../render/replies.ts';
import { type ReportReading, readReport } from '../report.ts';
import { chooseCluster } from '../request.ts';
import { type Caller, type ListenerPorts, tell } from './ports.ts';

/** How long to wait for the card before the person is told nothing; it goes on being sent. */
const cardPatienceMs = 8000;

/** What somebody asked for. */
export interface Wish {
  /** The cluster as it was typed; null: none was named. */
  readonly cluster: string | null;
  /** What was told of the failure, as it was typed; null: nothing. */
  readonly report: string | null;
  /** Slack sent the same request again. */
  readonly redelivered: boolean;
  /** It opens in the channel itself, even when the caller is in a thread. */
  readonly inChannel?: boolean;
}

/** Opens an investigation where the caller is, or joins the one that is open there or is about the same outage. */
export async function openInvestigation(ports: ListenerPorts, caller: Caller, wish: Wish): Promise<void> {
  const say = (content: Parameters<typeof tell>[2]) => tell(ports.outbound, caller, content);
  const told = wish.report === null ? null : await readAs(ports, caller, wish.report);
  if (told?.kind === 'unclear') return say(unclearReportReply(told.part, told.why));
  const last = (await ports.channelClusters?.last(caller.channel)) ?? null;
  const choice = chooseCluster(ports.clusters, caller.channel, wish.cluster, last);
  const names = ports.clusters.map(({ name }) => name);
  switch (choice.kind) {
    case 'chosen':
      return openCluster(ports, caller, choice.cluster, told, wish);
    case 'remembered':
      await openCluster(ports, caller, choice.cluster, told, wish);
      if (wish.redelivered) return;
      return say(rememberedReply(choice.cluster, choice.others, caller.thread, wish.report));
    case 'unknown':
      return say(unknownClusterReply(choice.given, choice.suggestion, names));
    case 'ask':
      return say(chooseClusterReply(choice.names, caller.thread, wish.report));
    case 'none':
      return say(saying(noClusters));
    default:
      return choice satisfies never;
  }
}

type Told = Extract<ReportReading, { kind: 'report' }>;

/** In the time zone that the person has set in Slack. */
async function readAs(ports: ListenerPorts, { user }: Caller, text: string): Promise<ReportReading> {
  const zone = await ports.zones.of(user);
  const reading = readReport(text, user, { nowAt: ports.clock.now(), zone: zone ?? 'UTC' });
  if (reading.kind === 'unclear' || zone !== null) return reading;
  const note = 'your time zone could not be looked up: without another beside the time, UTC was taken';
  return { ...reading, notes: [note, ...reading.notes] };
}

async function openCluster(
  ports: ListenerPorts,
  caller: Caller,
  cluster: string,
  told: Told | null,
  { redelivered, inChannel = false }: Wish,
): Promise<void> {
  const { gate, investigations, outbound } = ports;
  const permission = await gate.check(caller, cluster, 'investigate');
  if (permission.kind === 'refused') return tell(outbound, caller, saying(permission.mrkdwn));

  await ports.channelClusters?.remember(caller.channel, cluster);
  const opened = await investigations.open({
    cluster,
    by: { kind: 'person', id: caller.user },
    room: { channel: caller.channel, thread: inChannel ? null : caller.thread },
    endpoint: null,
    report: told?.onset ?? null,
  });
  if (opened.kind === 'refused') return tell(outbound, caller, saying(prose(opened.message, 1000)));

  const { investigation } = opened;
  const card = await publishedSoon(ports.publisher.publish(investigation));
  const isHere = investigation.room?.channel === caller.channel;
  if (card?.kind === 'refused' && isHere) {
    return tell(outbound, caller, inviteReply(investigation, caller.channel, card.error));
  }
  if (opened.kind === 'joined' && !redelivered) {
    const at = card?.kind === 'sent' ? ports.permalink(card.channel, card.ts) : null;
    await tell(outbound, caller, joinedReply(investigation, at, caller.channel));
  }
  if (told !== null && !redelivered) await tell(outbound, caller, understoodReply(told));
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
