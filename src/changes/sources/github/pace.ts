/** Why nothing is asked for now, and until when. Epoch ms. */
export interface Limit {
  readonly untilAt: number;
  readonly why: string;
}

/** Keeps to GitHub's rate limits: a reserve is left to whoever else uses the same credentials. */
export interface Pace {
  /** null: ask. */
  limit(nowAt: number): Limit | null;
  /** Of every answer, good or bad. */
  note(headers: Readonly<Record<string, string | number | undefined>>, nowAt: number): void;
  /** Of an answer that says it was asked too often. Returns what follows from it. */
  refused(headers: Readonly<Record<string, string | number | undefined>>, nowAt: number): Limit;
}

/** Of the requests of an hour, this part is never used. */
const reserved = 0.05;

/** What GitHub asks to wait where a refusal does not say how long. Source: as below. */
const usualWaitMs = 60_000;

/** Longer than any limit lasts: a clock that is off, or nonsense. */
const longestWaitMs = 3_600_000;

/** Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
export function pace(): Pace {
  let current: Limit | null = null;

  function stop(limit: Limit, nowAt: number): Limit {
    const untilAt = Math.min(limit.untilAt, nowAt + longestWaitMs);
    if (current === null || untilAt > current.untilAt) current = { ...limit, untilAt };
    return current;
  }

  return {
    limit(nowAt) {
      if (current !== null && nowAt >= current.untilAt) current = null;
      return current;
    },
    note(headers, nowAt) {
      const [limit, remaining, reset] = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'].map(
        (name) => numberOf(headers[name]),
      );
      if (limit == null || remaining == null || reset == null || reset * 1_000 <= nowAt) return;
      if (remaining > Math.floor(limit * reserved)) return;
      const why = `${limit - remaining} of the ${limit} requests that GitHub allows in an hour are used, and the rest is left to others with the same credentials`;
      stop({ untilAt: reset * 1_000, why }, nowAt);
    },
    refused(headers, nowAt) {
      const after = numberOf(headers['retry-after']);
      const reset = numberOf(headers['x-ratelimit-reset']);
      const spent = numberOf(headers['x-ratelimit-remaining']) === 0;
      const why = spent ? 'all requests that GitHub allows in an hour are used' : 'GitHub was asked too often at once';
      if (after !== null) return stop({ untilAt: nowAt + after * 1_000, why }, nowAt);
      if (spent && reset !== null && reset * 1_000 > nowAt) return stop({ untilAt: reset * 1_000 + 1_000, why }, nowAt);
      return stop({ untilAt: nowAt + usualWaitMs, why }, nowAt);
    },
  };
}

function numberOf(value: string | number | undefined): number | null {
  if (value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : null;
}
