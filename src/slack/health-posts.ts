import type { HealthPost, PostOutcome } from '../health/keep-posting.ts';
import { healthPicture } from '../health/picture.ts';
import type { HealthReport } from '../health/report.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { MessageRecords } from '../store/store.ts';
import type { Outbound, SendOutcome } from './outbound.ts';
import { renderHealth } from './render/health-message.ts';
import { upload } from './upload.ts';
import type { WebCall } from './web-call.ts';

/** Health for everybody in a channel: the message, and its picture below it. */
export interface HealthPosts {
  /** Posts what is due, once however often it is asked. Never rejects. */
  scheduled(post: HealthPost): Promise<PostOutcome>;
  /** What somebody was shown and wants others to see. `key`: the same for the same press; `zone`: theirs. Never rejects. */
  asked(
    report: HealthReport,
    about: { readonly key: string; readonly channel: string; readonly by: string; readonly zone: string },
  ): Promise<SendOutcome>;
  /** Resolves when the pictures that are under way are sent, or given up. */
  close(): Promise<void>;
}

export function createHealthPosts(ports: {
  readonly outbound: Pick<Outbound, 'upsert'>;
  readonly call: WebCall;
  readonly records: MessageRecords;
  /** Draws an SVG as PNG. */
  png(svg: string): Promise<Buffer>;
  readonly clock: Clock;
  readonly log: Log;
}): HealthPosts {
  const { outbound, call, records, clock, log } = ports;
  const underWay = new Set<Promise<void>>();

  /** Behind the message, which nothing shall wait for. */
  function addPicture(key: string, sent: SendOutcome, report: HealthReport, zone: string): void {
    if (sent.kind !== 'sent') return;
    const work = draw(`${key}/picture`, sent, report, zone)
      .catch((error: unknown) => log.warn({ key, error }, 'the picture of a health post could not be drawn or sent'))
      .finally(() => underWay.delete(work));
    underWay.add(work);
  }

  async function draw(
    key: string,
    { channel, ts }: Extract<SendOutcome, { kind: 'sent' }>,
    report: HealthReport,
    zone: string,
  ): Promise<void> {
    const drawn = healthPicture(report, zone);
    if (drawn === null) return;
    const { record } = await records.claim(key, { channel, thread: ts, at: clock.now() });
    if (record.ts !== null) return;
    const filename = `health-${new Date(report.toAt).toISOString().slice(0, 16).replace(':', '')}.png`;
    const image = await ports.png(drawn.svg);
    const sent = await upload(call, image, { filename, alt: drawn.alt, title: 'Availability', channel, thread: ts });
    if (sent.kind === 'failed') throw new Error(sent.why);
    await records.sent(key, sent.file, filename);
  }

  return {
    async scheduled({ key, schedule, slotAt, isLate, missed, report }) {
      const content = renderHealth(report, { kind: 'scheduled', schedule, slotAt, isLate, missed });
      const sent = await outbound.upsert(key, { channel: schedule.channel, thread: null }, content);
      addPicture(key, sent, report, schedule.zone);
      return sent.kind === 'sent' ? { kind: 'sent' } : sent;
    },
    async asked(report, { key, channel, by, zone }) {
      const sent = await outbound.upsert(key, { channel, thread: null }, renderHealth(report, { kind: 'asked', by }));
      addPicture(key, sent, report, zone);
      return sent;
    },
    async close() {
      await Promise.all(underWay);
    },
  };
}
