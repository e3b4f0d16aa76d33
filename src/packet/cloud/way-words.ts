import type { WayVerdict } from './judge-way.ts';

/** The way in a line: `203.0.113.7 → nlb api-prod:443 allowed → cp-1 (i-0abc):6443 denied: no rule of sg-0a1 (api) allows …`. */
export function wayWords(verdict: WayVerdict): string {
  return verdict.client;
}
