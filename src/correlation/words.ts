/** How long something is, to the second where a person would want it: `0.4 s`, `12 s`, `2 min 10 s`, `1 h 20 min`, `3 days`. */
export function howLong(ms: number): string {
  if (ms < 1_000) return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return both(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return both(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  return `${Math.round(minutes / 1_440)} days`;
}

function both(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

/** `a`, `a and b`, `a, b and c`; of many, how many more. */
export function listed(words: readonly string[], most = 3): string {
  const distinct = [...new Set(words)];
  const shown = distinct.length > most ? [...distinct.slice(0, most), `${distinct.length - most} more`] : distinct;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** `14:03:12–14:03:40 UTC`; with milliseconds where the seconds are the same, with the day where they are two. */
export function stretch(fromAt: number, toAt: number): string {
  const [from, to] = [new Date(fromAt).toISOString(), new Date(toAt).toISOString()];
  if (from.slice(0, 10) !== to.slice(0, 10)) return `${moment(from)}–${moment(to)} UTC`;
  const end = from.slice(11, 19) === to.slice(11, 19) ? 23 : 19;
  return `${from.slice(11, end)}–${to.slice(11, end)} UTC`;
}

function moment(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}

/** Begun with a capital and ended with a stop, whoever wrote it. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** Without the stop at its end, to go on with it. */
export function unstopped(text: string): string {
  return text.trim().replace(/\.$/, '');
}
