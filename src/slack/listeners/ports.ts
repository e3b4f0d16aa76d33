import type { HealthDesk } from '../../health/desk.ts';
import type { Investigations } from '../../investigation/commands.ts';
import type { History } from '../../investigation/history.ts';
import type { Vantages } from '../../investigation/ports.ts';
import type { Clock } from '../../ops/clock.ts';
import type { Log } from '../../ops/log.ts';
import type { ChannelClusters } from '../../store/store.ts';
import type { AuditLog } from '../../words/audit.ts';
import type { CardUrl } from '../card-url.ts';
import type { Gate } from '../gate.ts';
import type { HealthPosts } from '../health-posts.ts';
import type { Outbound } from '../outbound.ts';
import type { Publisher } from '../publisher.ts';
import type { Remembered } from '../remember-each.ts';
import type { Content } from '../render/content.ts';
import type { LastingOutage } from '../render/replies.ts';
import type { ClusterInSlack } from '../request.ts';
import type { Trail } from '../trail.ts';
import type { Errands } from './errands.ts';
import type { Lull } from './lull.ts';

/** What every listener works with. */
export interface ListenerPorts {
  readonly investigations: Investigations;
  readonly clusters: readonly ClusterInSlack[];
  readonly vantages: Pick<Vantages, 'connected' | 'absent'>;
  readonly gate: Gate;
  readonly outbound: Outbound;
  readonly publisher: Publisher;
  readonly errands: Errands;
  readonly lull: Lull;
  /** IANA names of people's time zones. */
  readonly zones: Remembered;
  /** Left out: no channel's cluster is remembered. */
  readonly channelClusters?: ChannelClusters;
  /** Left out where nobody gathers it. */
  readonly health?: { readonly desk: HealthDesk; readonly posts: HealthPosts };
  readonly clock: Clock;
  readonly log: Log;
  /** The outage of this cluster that lasts, as it is known here; left out where nobody probes. */
  outageOf?(cluster: string): Promise<LastingOutage | null> | LastingOutage | null;
  /** What was investigated before, and who asked for what; left out where nothing is kept. */
  readonly history?: History;
  readonly audit?: AuditLog;
  readonly trail: Pick<Trail, 'broke'>;
  readonly cardUrl: CardUrl;
  /** The address of a message, for people; null while the workspace's own is not known. */
  permalink(channel: string, ts: string): string | null;
}

/** Somebody who asked for something, and how to answer so that only they see it. */
export interface Caller {
  readonly user: string;
  readonly channel: string;
  readonly thread: string | null;
  readonly responseUrl: string | null;
  /** Where there is no channel to answer in, such as in a modal; left out, it is answered in the channel. */
  answer?(content: Content): Promise<unknown>;
}

/** Says something to the one who asked, and to nobody else. */
export async function tell(outbound: Outbound, caller: Caller, content: Content): Promise<void> {
  if (caller.answer !== undefined) {
    await caller.answer(content);
    return;
  }
  const { responseUrl } = caller;
  // The address that came with a request reaches them even where the app is not a member, but not inside a thread.
  if (responseUrl !== null && caller.thread === null) {
    const outcome = await outbound.respond(responseUrl, content);
    if (outcome.kind === 'sent') return;
  }
  const outcome = await outbound.ephemeral(caller, content);
  if (outcome.kind !== 'sent' && responseUrl !== null && caller.thread !== null) {
    await outbound.respond(responseUrl, content);
  }
}
