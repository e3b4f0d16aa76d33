import type { AgentKey, AgentKeys, AgentSessions, SeenAgent } from '../../src/store/store.ts';
import { sameVantage } from '../../src/words/vantage.ts';

/** Keys in memory. */
export function memoryKeys(): AgentKeys {
  const keys = new Map<string, AgentKey>();
  return {
    async add(key) {
      if (keys.has(key.id)) return 'added';
      const valid = [...keys.values()].filter(
        ({ cluster, role, revokedAt }) => cluster === key.cluster && role === key.role && revokedAt === null,
      );
      if (valid.length >= 2) return 'tooMany';
      keys.set(key.id, { ...key, revokedAt: null });
      return 'added';
    },
    async find(id) {
      return keys.get(id) ?? null;
    },
    async list(cluster) {
      return [...keys.values()].filter((key) => cluster === undefined || key.cluster === cluster);
    },
    async revoke(id, at) {
      const key = keys.get(id);
      if (key === undefined) return false;
      if (key.revokedAt === null) keys.set(id, { ...key, revokedAt: at });
      return true;
    },
  };
}

/** Sessions in memory; `afterEpochs` lets a test begin high, as after many restarts. */
export function memorySessions(afterEpochs = 0): AgentSessions {
  let newest = afterEpochs;
  const seen = new Map<string, SeenAgent[]>();
  return {
    async nextEpoch() {
      newest += 1;
      return newest;
    },
    async seen(cluster, role, vantage, version, lastSeenAt) {
      const others = (seen.get(cluster) ?? []).filter((one) => !sameVantage(one.vantage, vantage));
      seen.set(cluster, [...others, { role, vantage, version, lastSeenAt }]);
    },
    async list(cluster) {
      return seen.get(cluster) ?? [];
    },
  };
}
