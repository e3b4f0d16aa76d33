import { z } from 'zod';
import type { KubeAnswer, KubeClient } from './client.ts';

const PAGE = 500;
/** A page costs several times its size in memory while it is read: one larger than this is asked for in smaller pieces. */
const PAGE_BYTES = 8 * 1024 * 1024;

const Page = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().nullish() }),
  items: z
    .array(z.unknown())
    .nullish()
    .transform((items) => items ?? []),
});

interface PagesOptions {
  readonly client: KubeClient;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly accept: string;
  readonly signal: AbortSignal;
  /** For each page. */
  readonly timeoutMs: number;
  /** Nothing of a page is held once this has returned. */
  readonly onItem: (item: unknown) => void;
}

type Listed = { readonly kind: 'listed'; readonly version: string } | Exclude<KubeAnswer, { kind: 'ok' }>;

/** Lists a collection page by page, so that no more than one page is ever held. */
export async function listPages(options: PagesOptions): Promise<Listed> {
  const { client, path, query, accept, signal, timeoutMs, onItem } = options;
  let from: string | null = null;
  let limit = PAGE;
  for (;;) {
    const asked: URLSearchParams = new URLSearchParams({
      ...query,
      limit: String(limit),
      ...(from === null ? {} : { continue: from }),
    });
    const answer = await client.get(`${path}?${asked}`, { signal, timeoutMs, accept, maxBytes: PAGE_BYTES });
    if (answer.kind === 'refused' && answer.status === 413 && limit > 1) {
      limit = Math.max(1, Math.floor(limit / 8));
      continue;
    }
    if (answer.kind !== 'ok') return answer;
    const page = Page.safeParse(answer.body);
    if (!page.success) return { kind: 'unreachable', message: `${path} did not answer with a list` };
    for (const item of page.data.items) onItem(item);
    from = page.data.metadata.continue || null;
    if (from === null) return { kind: 'listed', version: page.data.metadata.resourceVersion };
  }
}
