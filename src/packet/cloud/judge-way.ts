import type { CloudModel, CloudWay } from './model.ts';

/** What becomes of a new connection and of the replies to it. */
export interface WayVerdict {
  /** As it was asked: an address or a CIDR. */
  readonly client: string;
  /** `unknown` too when parts of the client's CIDR fare differently: which of them fails is not known. */
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** Of the part that decides. */
  readonly steps: readonly WayStep[];
  /** The step that denies, or leaves it open; null when it is allowed. */
  readonly decides: WayStep | null;
  /** Together the whole client; more than one where rules treat it differently. */
  readonly parts: readonly WayPart[];
}

export interface WayPart {
  /** An address, a CIDR or `first-last`. */
  readonly client: string;
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** As they are walked: in, hop by hop, and back. */
  readonly steps: readonly WayStep[];
  readonly decides: WayStep | null;
}

export interface WayStep {
  /** Where, in a person's words: `nlb api-prod:443`, `cp-1 (i-0abc):6443`. */
  readonly at: string;
  readonly what:
    | 'address'
    | 'access list'
    | 'health'
    | 'acl in'
    | 'group in'
    | 'group out'
    | 'acl out'
    | 'route on'
    | 'acl replies'
    | 'acl replies in'
    | 'route back'
    | 'unread';
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** The rule that decides, as a cloud's people know it: `sg-0a1 (api) allows tcp 6443 from 203.0.113.0/24 (sgr-0b2)`. */
  readonly rule: string | null;
  /** Of an unknown: what it hangs on. */
  readonly why: string | null;
}

/**
 * Would a new TCP connection from the client (an address or CIDR, as it arrives by) come through, and the replies back?
 * Never allow or deny where that is not known. Pure.
 */
export function judgeWay(_model: CloudModel, _way: CloudWay, client: string): WayVerdict {
  return { client, verdict: 'unknown', steps: [], decides: null, parts: [] };
}
