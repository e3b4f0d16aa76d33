import { timelinePicture } from '../briefing/picture/timeline-picture.ts';
import type { Investigation, Picture } from '../investigation/state.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import type { MessageRecords } from '../store/store.ts';
import type { Actor } from '../words/person.ts';
import { cardKey } from './render/desired.ts';
import { upload } from './upload.ts';
import type { WebCall } from './web-call.ts';

export interface PicturePorts {
  readonly call: WebCall;
  readonly records: MessageRecords;
  /** The IANA zone of a person; null when it can't be told. */
  zoneOf(actor: Actor): Promise<string | null>;
  /** Draws an SVG as PNG. */
  png(svg: string): Promise<Buffer>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Pictures {
  /** Puts the pictures that are due into the thread of the card, each once. Never rejects. */
  publish(investigation: Investigation): Promise<void>;
  /** Begins no more; resolves when what is under way is sent, or given up. */
  close(): Promise<void>;
}

/** One picture that could not be sent is tried again when the investigation changes, and given up after this. */
const mostAttempts = 5;

export function createPictures(ports: PicturePorts): Pictures {
  const { log } = ports;
  const stand = new Set<string>();
  const failures = new Map<string, number>();
  const underWay = new Map<string, Promise<void>>();
  let closed = false;

  async function send(investigation: Investigation, picture: Picture): Promise<void> {
    const key = keyOf(investigation, picture);
    const card = await ports.records.find(cardKey(investigation.id));
    // Without its card there is no thread to put it into; the card brings it along when it stands.
    if (card === null || card.ts === null) return;
    const thread = card.thread ?? card.ts;
    const { record } = await ports.records.claim(key, { channel: card.channel, thread, at: ports.clock.now() });
    if (record.ts !== null) {
      stand.add(key);
      return;
    }
    const drawn = timelinePicture(investigation, {
      nowAt: picture.at,
      zone: await ports.zoneOf(picture.by.kind === 'person' ? picture.by : investigation.openedBy),
    });
    if (drawn === null) return;
    const image = await ports.png(drawn.svg);
    const filename = `${investigation.id}-timeline-${picture.number}.png`;
    const sent = await upload(ports.call, image, {
      filename,
      alt: drawn.alt,
      channel: card.channel,
      thread,
      title: titles[picture.why],
    });
    if (sent.kind === 'failed') throw new Error(sent.why);
    stand.add(key);
    await ports.records.sent(key, sent.file, filename);
  }

  async function sendOnce(investigation: Investigation, picture: Picture): Promise<void> {
    const key = keyOf(investigation, picture);
    const failed = failures.get(key) ?? 0;
    if (stand.has(key) || failed >= mostAttempts) return;
    try {
      await send(investigation, picture);
    } catch (error) {
      failures.set(key, failed + 1);
      log.warn({ key, error }, 'a picture could not be drawn or sent');
    }
  }

  return {
    async publish(investigation) {
      if (investigation.room === null || closed) return;
      for (const picture of investigation.pictures) {
        const key = keyOf(investigation, picture);
        const mine = underWay.get(key) ?? sendOnce(investigation, picture).finally(() => underWay.delete(key));
        underWay.set(key, mine);
        await mine;
      }
    },
    async close() {
      closed = true;
      await Promise.all(underWay.values());
    },
  };
}

function keyOf({ id }: Investigation, { number }: Picture): string {
  return `${id}/picture/${number}`;
}

const titles: Readonly<Record<Picture['why'], string>> = {
  'first diagnosis': 'Timeline at the first diagnosis',
  asked: 'Timeline',
  concluded: 'Timeline at the conclusion',
};
