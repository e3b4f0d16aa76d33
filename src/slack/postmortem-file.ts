import { postmortemOf } from '../briefing/postmortem.ts';
import { markdownOf } from '../briefing/postmortem-markdown.ts';
import type { Investigation } from '../investigation/state.ts';
import type { Actor } from '../words/person.ts';
import type { CardUrl } from './card-url.ts';
import { createThreadFiles, type ThreadFilesPorts } from './thread-files.ts';

export interface PostmortemPorts extends ThreadFilesPorts {
  /** The IANA zone of a person; null when it can't be told. */
  zoneOf(actor: Actor): Promise<string | null>;
  /** How a person is called; null when it can't be told. */
  nameOf(user: string): Promise<string | null>;
  readonly cardUrl: CardUrl;
}

export interface Postmortems {
  /** As Markdown, in the time zone of who concluded it. */
  write(investigation: Investigation): Promise<string>;
  /** Puts it into the thread of the card once it is concluded. Never rejects. */
  publish(investigation: Investigation): Promise<void>;
  /** Begins no more; resolves when what is under way is sent, or given up. */
  close(): Promise<void>;
}

export function createPostmortems(ports: PostmortemPorts): Postmortems {
  const files = createThreadFiles(ports);

  async function write(investigation: Investigation): Promise<string> {
    const postmortem = postmortemOf(investigation);
    const { openedBy, conclusion } = postmortem;
    const people = [openedBy, ...postmortem.did.map(({ by }) => by)].flatMap((by) =>
      by.kind === 'person' ? [by.id] : [],
    );
    const names = new Map(
      await Promise.all([...new Set(people)].map(async (id) => [id, (await ports.nameOf(id)) ?? id] as const)),
    );
    return markdownOf(postmortem, {
      zone: await ports.zoneOf(conclusion?.by ?? openedBy),
      nameOf: (id) => names.get(id) ?? id,
      cardUrl: await ports.cardUrl(investigation.id),
    });
  }

  return {
    write,
    async publish(investigation) {
      const { id, cluster, room, conclusion } = investigation;
      if (room === null || conclusion === null) return;
      await files.put({
        investigation: id,
        key: `${id}/postmortem`,
        filename: `${id}-postmortem.md`,
        title: `Postmortem: ${cluster}, ${id}`,
        make: async () => ({ content: Buffer.from(await write(investigation)) }),
      });
    },
    close: files.close,
  };
}
