/** The stretch of time that is drawn, and where each moment of it stands. */
export interface Axis {
  readonly fromAt: number;
  readonly toAt: number;
  /** Pixels; what lies outside stands at the edge. */
  x(at: number): number;
  isInside(at: number): boolean;
  readonly ticks: readonly number[];
}

const minute = 60_000;
const steps = [
  minute / 4,
  minute / 2,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  60 * minute,
];
const manyTicks = 7;

export function axisOf(fromAt: number, toAt: number, left: number, right: number): Axis {
  const span = Math.max(1, toAt - fromAt);
  const step =
    steps.find((one) => span / one <= manyTicks) ?? Math.ceil(span / manyTicks / (60 * minute)) * 60 * minute;
  const first = Math.ceil(fromAt / step) * step;
  const ticks = Array.from(
    { length: Math.max(0, Math.floor((toAt - first) / step) + 1) },
    (_, index) => first + index * step,
  );
  return {
    fromAt,
    toAt,
    x: (at) => left + ((Math.min(Math.max(at, fromAt), toAt) - fromAt) / span) * (right - left),
    isInside: (at) => fromAt <= at && at <= toAt,
    ticks,
  };
}
