import { z } from 'zod';

/** What the agent's process is told, and what it answers. */
export const Order = z.object({
  /** Changes a second. */
  rate: z.number(),
  forMs: z.number(),
  /** Number of the first. */
  from: z.number(),
});
export type Order = z.infer<typeof Order>;

export const Answer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('connected') }),
  /** When each was put, epoch ms, in their order. */
  z.object({ kind: z.literal('put'), at: z.array(z.number()) }),
]);
export type Answer = z.infer<typeof Answer>;

/** How the agent's process is started: its environment, as JSON under `BENCH_AGENT`. */
export const Setup = z.object({
  url: z.string(),
  caPem: z.string(),
  cluster: z.string(),
  instance: z.string(),
  privateKeyPem: z.string(),
  stateDir: z.string(),
});
export type Setup = z.infer<typeof Setup>;
export const SETUP = 'BENCH_AGENT';
