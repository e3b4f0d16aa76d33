import type { Termination } from '../../words/kube.ts';

/** A restart this near counts as one that is going on. */
export const RECENT_MS = 10 * 60_000;

/** `14:02:10 UTC, 3 min ago`; with the day where that is another one. */
export function when(at: number, nowAt: number): string {
  const iso = new Date(at).toISOString();
  const sameDay = iso.slice(0, 10) === new Date(nowAt).toISOString().slice(0, 10);
  return `${sameDay ? '' : `${iso.slice(0, 10)} `}${iso.slice(11, 19)} UTC, ${span(nowAt - at)} ago`;
}

/** `40 s`, `3 min`, `5 h`, `12 days`. */
function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

/** `ended at 14:02:10 UTC, 3 min ago, with exit code 137 (OOMKilled)`. */
export function ending(last: Termination, nowAt: number): string {
  const at = last.finishedAt === null ? 'ended at a time not known' : `ended at ${when(last.finishedAt, nowAt)}`;
  if (last.exitCode === null) return last.reason === null ? `${at}, exit code not known` : `${at} (${last.reason})`;
  const signal = signalOf(last.exitCode);
  const why = [last.reason, signal].filter((each) => each !== null).join(', ');
  return `${at}, with exit code ${last.exitCode}${why === '' ? '' : ` (${why})`}`;
}

/** An exit code above 128 tells the signal that ended the program. */
function signalOf(exitCode: number): string | null {
  const names: Readonly<Record<number, string>> = { 134: 'SIGABRT', 137: 'SIGKILL', 139: 'SIGSEGV', 143: 'SIGTERM' };
  return names[exitCode] ?? null;
}

export function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}

/** `a`, `a and b`, `a, b and c`. */
export function enumerated(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** One sentence, begun with a capital where it begins with a word of ours and not with a program's name. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
