/** `14:02:10`, UTC. */
export function utcTime(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `2026-11-22 14:02:10`, UTC. */
export function utcDayAndTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

/** `2026-11-22 15:02:10`, as clocks of this zone show it; null where the zone is none that is known. */
export function dayAndTimeIn(at: number, zone: string): string | null {
  try {
    // Of all locales this one writes as ISO 8601 does.
    return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(at);
  } catch {
    return null;
  }
}

/** How long something took or lasts, in one unit that fits: `12 ms`, `1.4 s`, `3 min`, `2 h`, `5 days`. */
export function duration(ms: number): string {
  const positive = Math.max(0, ms);
  if (positive < 1000) return `${Math.round(positive)} ms`;
  if (positive < 10_000) return `${(positive / 1000).toFixed(1)} s`;
  if (positive < 90_000) return `${Math.round(positive / 1000)} s`;
  if (positive < 90 * 60_000) return `${Math.round(positive / 60_000)} min`;
  if (positive < 36 * 3_600_000) return `${Math.round(positive / 3_600_000)} h`;
  return `${Math.round(positive / 86_400_000)} days`;
}

/** The same without a zero that tells nothing, for distances and bounds: `5 s`, `1.4 s`. */
export function distance(ms: number): string {
  return duration(ms).replace('.0 s', ' s');
}

/** How long an outage lasted, to the minute where it is long: `12 s`, `30 min`, `1 h 30 min`, `2 days 3 h`. */
export function lasted(ms: number): string {
  if (ms < hourMs) return distance(ms);
  const [whole, one, rest, other] =
    ms < 48 * hourMs
      ? [Math.floor(ms / hourMs), 'h', Math.floor((ms % hourMs) / 60_000), 'min']
      : [Math.floor(ms / (24 * hourMs)), 'days', Math.floor((ms % (24 * hourMs)) / hourMs), 'h'];
  return rest === 0 ? `${whole} ${one}` : `${whole} ${one} ${rest} ${other}`;
}

const hourMs = 3_600_000;
