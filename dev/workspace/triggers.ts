import { randomBytes } from 'node:crypto';
import type { Clock } from './options.ts';

/** A person's interaction, which an app may answer with one modal within 3 s. */
export interface Triggers {
  issue(userId: string): string;
  exchange(triggerId: string): Exchanged;
}

type Exchanged =
  | { readonly kind: 'exchanged'; readonly userId: string }
  | {
      readonly kind: 'refused';
      readonly error: 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id';
    };

export function createTriggers(lifeMs: number, clock: Clock): Triggers {
  const issued = new Map<string, { userId: string; issuedAt: number; isUsed: boolean }>();
  return {
    issue(userId) {
      const id = `${issued.size + 1}.${clock.nowAt()}.${randomBytes(16).toString('hex')}`;
      issued.set(id, { userId, issuedAt: clock.nowAt(), isUsed: false });
      return id;
    },
    exchange(triggerId) {
      const trigger = issued.get(triggerId);
      if (!trigger) return { kind: 'refused', error: 'invalid_trigger_id' };
      if (trigger.isUsed) return { kind: 'refused', error: 'exchanged_trigger_id' };
      if (clock.nowAt() - trigger.issuedAt > lifeMs) {
        return { kind: 'refused', error: 'expired_trigger_id' };
      }
      trigger.isUsed = true;
      return { kind: 'exchanged', userId: trigger.userId };
    },
  };
}
