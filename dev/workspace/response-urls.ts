import { randomBytes } from 'node:crypto';
import { limits } from './limits.ts';
import type { Clock } from './options.ts';

/** What a `response_url` stands for. */
export interface ResponseTarget {
  readonly channelId: string;
  readonly userId: string;
  readonly threadTs: string | null;
  /** The message whose button was pressed; null for a command. */
  readonly messageTs: string | null;
}

export interface ResponseUrls {
  issue(origin: string, target: ResponseTarget): string;
  /** Takes one of its five uses within 30 minutes. */
  use(path: string): { kind: 'target'; target: ResponseTarget } | { kind: 'refused'; error: string };
}

export function createResponseUrls(clock: Clock): ResponseUrls {
  const issued = new Map<string, { target: ResponseTarget; issuedAt: number; uses: number }>();
  return {
    issue(origin, target) {
      const path = `/response/${randomBytes(12).toString('hex')}`;
      issued.set(path, { target, issuedAt: clock.nowAt(), uses: 0 });
      return `${origin}${path}`;
    },
    use(path) {
      const url = issued.get(path);
      if (!url) return { kind: 'refused', error: 'invalid_url' };
      if (clock.nowAt() - url.issuedAt > limits.responseUrl.lifeMs) return { kind: 'refused', error: 'expired_url' };
      if (url.uses >= limits.responseUrl.uses) return { kind: 'refused', error: 'used_url' };
      url.uses += 1;
      return { kind: 'target', target: url.target };
    },
  };
}
