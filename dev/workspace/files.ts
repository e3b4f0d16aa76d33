import { randomBytes } from 'node:crypto';
import type { Changes } from './changes.ts';
import type { Clock } from './options.ts';

export interface WorkspaceFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  /** Bytes, as announced; what was uploaded has just as many. */
  readonly size: number;
  readonly content: Buffer | null;
  readonly altText: string | null;
  readonly createdAt: number;
  /** False until `files.completeUploadExternal`. */
  readonly isShared: boolean;
}

export interface Files {
  all(): readonly WorkspaceFile[];
  find(id: string): WorkspaceFile | null;
  announce(file: { name: string; size: number; altText: string | null }): { file: WorkspaceFile; ticket: string };
  /** HTTP status and words, as the upload address answers. */
  upload(ticket: string, content: Buffer): { status: number; body: string };
  share(id: string, title: string | null): WorkspaceFile | null;
}

export function createFiles(clock: Clock, changes: Changes): Files {
  const files = new Map<string, WorkspaceFile>();
  const tickets = new Map<string, string>();
  return {
    all: () => [...files.values()],
    find: (id) => files.get(id) ?? null,
    announce({ name, size, altText }) {
      const id = `F${randomBytes(5).toString('hex').toUpperCase()}`;
      const ticket = randomBytes(24).toString('base64url');
      const createdAt = clock.nowAt();
      const file = { id, name, title: name, size, content: null, altText, createdAt, isShared: false };
      files.set(id, file);
      tickets.set(ticket, id);
      return { file, ticket };
    },
    upload(ticket, content) {
      const file = files.get(tickets.get(ticket) ?? '');
      if (!file) return { status: 404, body: 'no such upload' };
      if (content.length !== file.size) {
        return { status: 400, body: `${content.length} bytes came, ${file.size} were announced` };
      }
      files.set(file.id, { ...file, content });
      tickets.delete(ticket);
      changes.happened();
      return { status: 200, body: `OK - ${content.length}` };
    },
    share(id, title) {
      const file = files.get(id);
      if (!file?.content || file.isShared) return null;
      const shared = { ...file, title: title ?? file.title, isShared: true };
      files.set(id, shared);
      changes.happened();
      return shared;
    },
  };
}
