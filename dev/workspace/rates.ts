import type { Clock, RateLimits } from './options.ts';

export interface Rates {
  /** Takes one call of a method; whole seconds to wait when there is none left, else 0. */
  takeCall(method: string, perMinute: number): number;
  /** The same for one more chat.postMessage in a channel. */
  takePost(channelId: string): number;
}

/** Slack promises one message a second in a channel and lets short bursts pass. */
const posting = { perSecond: 1, burst: 5 };

export function createRates(limits: RateLimits | 'none', clock: Clock): Rates {
  if (limits === 'none') return { takeCall: () => 0, takePost: () => 0 };
  const buckets = new Map<string, { left: number; at: number }>();

  const take = (name: string, perSecond: number, burst: number): number => {
    const at = clock.nowAt();
    const bucket = buckets.get(name) ?? { left: burst, at };
    const left = Math.min(burst, bucket.left + ((at - bucket.at) / 1000) * perSecond);
    buckets.set(name, { left: left >= 1 ? left - 1 : left, at });
    return left >= 1 ? 0 : Math.max(1, Math.ceil((1 - left) / perSecond));
  };

  return {
    takeCall(method, perMinute) {
      const allowed = limits.perMinute?.[method] ?? perMinute;
      return take(`method ${method}`, allowed / 60, allowed);
    },
    takePost(channelId) {
      const { perSecond, burst } = limits.posting ?? posting;
      return take(`channel ${channelId}`, perSecond, burst);
    },
  };
}
