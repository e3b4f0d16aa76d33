import type { Clock } from '../ops/clock.ts';

/** Time zones of people, as they have set them in Slack. */
export interface Zones {
  /** An IANA name; null when it can't be had. Never rejects. */
  of(user: string): Promise<string | null>;
}

/** People travel, but not often; a lookup that failed is tried again the next time. */
const keptMs = 60 * 60_000;

/** `lookUp`: the zone of a user; throws when it can't be had. */
export function createZones(
  lookUp: (user: string) => Promise<string>,
  clock: Clock,
  failed: (user: string, error: unknown) => void,
): Zones {
  const known = new Map<string, { readonly askedAt: number; readonly zone: Promise<string> }>();

  function zoneOf(user: string): Promise<string> {
    const kept = known.get(user);
    if (kept !== undefined && clock.now() - kept.askedAt < keptMs) return kept.zone;
    const zone = lookUp(user);
    known.set(user, { askedAt: clock.now(), zone });
    zone.catch(() => known.delete(user));
    return zone;
  }

  return {
    async of(user) {
      try {
        return await zoneOf(user);
      } catch (error) {
        failed(user, error);
        return null;
      }
    },
  };
}
