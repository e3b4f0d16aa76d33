import { pictureFile, timelinePicture } from '../briefing/picture/timeline-picture.ts';
import type { Investigation, Picture } from '../investigation/state.ts';
import type { Actor } from '../words/person.ts';
import { createThreadFiles, type ThreadFilesPorts } from './thread-files.ts';

export interface PicturePorts extends ThreadFilesPorts {
  /** The IANA zone of a person; null when it can't be told. */
  zoneOf(actor: Actor): Promise<string | null>;
  /** Draws an SVG as PNG. */
  png(svg: string): Promise<Buffer>;
}

export interface Pictures {
  /** Puts the pictures that are due into the thread of the card, each once. Never rejects. */
  publish(investigation: Investigation): Promise<void>;
  /** Begins no more; resolves when what is under way is sent, or given up. */
  close(): Promise<void>;
}

export function createPictures(ports: PicturePorts): Pictures {
  const files = createThreadFiles(ports);

  async function draw(investigation: Investigation, { at, by }: Picture) {
    const zone = await ports.zoneOf(by.kind === 'person' ? by : investigation.openedBy);
    const drawn = timelinePicture(investigation, { nowAt: at, zone });
    return drawn === null ? null : { content: await ports.png(drawn.svg), alt: drawn.alt };
  }

  return {
    async publish(investigation) {
      const { id, room, pictures } = investigation;
      if (room === null) return;
      for (const picture of pictures) {
        await files.put({
          investigation: id,
          key: `${id}/picture/${picture.number}`,
          filename: pictureFile(id, picture.number),
          title: titles[picture.why],
          make: () => draw(investigation, picture),
        });
      }
    },
    close: files.close,
  };
}

const titles: Readonly<Record<Picture['why'], string>> = {
  'first diagnosis': 'Timeline at the first diagnosis',
  asked: 'Timeline',
  concluded: 'Timeline at the conclusion',
};
