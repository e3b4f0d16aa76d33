import { z } from 'zod';

/** What kind of thing was changed: decides which rules of the playbook compare it with the onset. */
export const ChangeCategory = z.enum([
  'firewall',
  'network-policy',
  'control-plane',
  'load-balancer',
  'security-group',
  'maintenance',
  'cloud',
  'routing',
  'dns',
  'endpoint',
]);
export type ChangeCategory = z.infer<typeof ChangeCategory>;

export const ChangeAction = z.enum(['create', 'update', 'delete', 'restart', 'start', 'end']);
export type ChangeAction = z.infer<typeof ChangeAction>;

const ChangeTarget = z.object({
  /** `NetworkPolicy`, `ConfigMap`, `nftables`, `kube-apiserver container`, `security group`, … */
  kind: z.string().max(100),
  namespace: z.string().max(253).nullable(),
  name: z.string().max(500),
  /** Node that it is on, where it is on one. */
  node: z.string().max(253).nullable(),
  /** Addresses or CIDRs that it is about; empty: not told. */
  addresses: z.array(z.string().max(100)).max(64),
  ports: z.array(z.number().int()).max(64),
});

/** How the rules treat new connections to the API port from one range of clients, replies included. */
export const RangePassage = z.object({
  /** First and last address of the range, in text. */
  first: z.string().max(64),
  last: z.string().max(64),
  /** The address of the API server that they connect to. */
  to: z.string().max(64),
  verdict: z.enum(['allow', 'deny', 'unknown']),
  /** The rule that decides, in its own syntax; null when none does. */
  rule: z.string().max(500).nullable(),
});
export type RangePassage = z.infer<typeof RangePassage>;

/**
 * What the change does to clients, by evaluating the rules before and after it. `passages`: for every client, told as
 * ranges that are treated alike; which of them matter is known only when a failure is.
 */
export const ChangeEffect = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('judged'),
    verdict: z.enum(['breaks', 'mends', 'none', 'unknown']),
    words: z.string().max(1_000),
  }),
  z.object({
    kind: z.literal('passages'),
    port: z.number().int(),
    before: z.array(RangePassage).max(256),
    after: z.array(RangePassage).max(256),
  }),
]);
export type ChangeEffect = z.infer<typeof ChangeEffect>;

/**
 * Something that was modified. Times are epoch ms, on the bot's clock once the bot has it; on the agent's before.
 * It happened within `[earliestAt, latestAt]`: the two are equal when it was seen as it happened.
 */
export const Change = z.object({
  /** `<source>:<the source's own id>`; the same change told twice has the same id. */
  id: z.string().min(1).max(500),
  /** Where it was learned, a name of the registry in `changes/`. */
  source: z.string().max(64),
  /** Which of them: the agent's instance, an account and region, a repository. */
  instance: z.string().max(253),
  category: ChangeCategory,
  earliestAt: z.number(),
  latestAt: z.number(),
  observedAt: z.number(),
  /** `latestKnown`: found at the first look, so there may have been other changes between it and that look's past. */
  certainty: z.enum(['seen', 'latestKnown']),
  /** Who did it: a field manager, a user, a program; null when nobody is named. */
  actor: z.string().max(253).nullable(),
  action: ChangeAction,
  target: ChangeTarget,
  /** One line, in a person's words: what was done to what. */
  summary: z.string().min(1).max(500),
  /** A few lines of words: what differs. Never a value of a ConfigMap. */
  diff: z.array(z.string().max(500)).max(40),
  effect: ChangeEffect.nullable(),
  /** Of a `start` with a known or planned end (a maintenance): when it ends; null when not told. */
  untilAt: z.number().nullable(),
  link: z.string().max(2_000).nullable(),
});
export type Change = z.infer<typeof Change>;

/** A stretch of time for which a source can answer: all that it could have seen, it did see. Epoch ms. */
export const CoverageSpan = z.object({
  source: z.string().max(64),
  instance: z.string().max(253),
  categories: z.array(ChangeCategory).max(16),
  fromAt: z.number(),
  toAt: z.number(),
});
export type CoverageSpan = z.infer<typeof CoverageSpan>;
