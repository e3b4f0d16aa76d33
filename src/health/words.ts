/** `0.4 %`, `12 %`: as exact as it is told apart from nothing and from all. */
export function shareWords(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent < 0.01) return 'less than 0.01 %';
  if (percent > 99.99) return 'over 99.99 %';
  return `${Number(percent.toFixed(percent >= 10 && percent <= 90 ? 0 : 2))} %`;
}

/** `0.4`, `12`: milliseconds without their unit. */
export function msWords(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 10 ? ms.toFixed(1) : ms.toFixed(0);
}

/** `Fri 27 Nov 09:00`, in a zone. */
export function momentIn(zone: string, at: number): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('weekday')} ${of('day')} ${of('month')} ${of('hour')}:${of('minute')}`;
}

/** `Europe/Berlin, GMT+1`: the offset that it has then. */
export function zoneWords(zone: string, at: number): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(at);
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return offset === '' || offset === zone || zone === 'UTC' ? zone : `${zone}, ${offset}`;
}
