import { limits } from '../limits.ts';

/** What was asked of the past, and where its next page begins. */
export interface PastRef {
  readonly cluster: string | null;
  /** Epoch ms. */
  readonly sinceAt: number | null;
  /** The last that was shown: a number, or a time and an id; null: the first page. */
  readonly before: string | null;
  /** What is searched for, or whom; may be empty. */
  readonly words: string;
}

/** `prod|1763820000000|1763820000000 inv-k3f9x2|firewall` */
export function packPastRef({ cluster, sinceAt, before, words }: PastRef): string {
  return [cluster ?? '', sinceAt ?? '', before ?? '', words].join('|').slice(0, limits.buttonValue);
}

/** null when it is not one. */
export function unpackPastRef(text: string | undefined): PastRef | null {
  const [, cluster = '', sinceAt = '', before = '', words = ''] =
    /^([a-z0-9-]{0,63})\|(-?\d{0,16})\|((?:\d{1,16}(?: inv-[a-z0-9]{1,32})?)?)\|([\s\S]*)$/.exec(text ?? '') ?? [];
  if (text === undefined || !text.includes('|')) return null;
  return {
    cluster: cluster === '' ? null : cluster,
    sinceAt: sinceAt === '' ? null : Number(sinceAt),
    before: before === '' ? null : before,
    words,
  };
}
