import { z } from 'zod';

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/** A duration as people write it, `5s`, `1.5 min`, read as milliseconds. A bare number is refused: it doesn't tell its unit. */
export function duration({ leastMs, mostMs }: { leastMs: number; mostMs: number }) {
  return z.string().transform((text, context) => {
    const [, count, unit = ''] = /^(\d+(?:\.\d+)?) ?(ms|s|m|min|h)$/.exec(text.trim()) ?? [];
    const ms = count === undefined ? Number.NaN : Math.round(Number(count) * (MS[unit] ?? Number.NaN));
    if (ms >= leastMs && ms <= mostMs) return ms;
    context.addIssue({ code: 'custom', input: text });
    return z.NEVER;
  });
}
