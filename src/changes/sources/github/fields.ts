import { z } from 'zod';

export const Time = z.iso.datetime({ offset: true });
export const Login = z.object({ login: z.string() }).nullish();

/** Pages are kept to be asked for again; what nobody reads of them is not. */
export function textUpTo(most: number) {
  return z.string().transform((text) => text.slice(0, most));
}

export function atOf(time: string): number {
  return Date.parse(time);
}

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** In a URL: rounded down, so that the same URL is asked for long enough to be answered by a free 304. */
export function roundedDown(at: number, toMs: number): string {
  return `${new Date(Math.floor(at / toMs) * toMs).toISOString().slice(0, 19)}Z`;
}
