import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const Labels = z
  .record(z.string(), z.string())
  .nullable()
  .transform((labels) => labels ?? {});

/** A step of one of cyclonus's cases, with its own answers; the shape that `main.go` prints. */
const Step = z.object({
  case: z.string(),
  step: z.number(),
  namespaces: z.record(z.string(), Labels),
  pods: z.array(
    z.object({
      Namespace: z.string(),
      Name: z.string(),
      Labels,
      IP: z.string(),
      Containers: z.array(z.object({ Port: z.number(), Protocol: z.string(), PortName: z.string() })),
    }),
  ),
  policies: z
    .array(
      z.object({
        metadata: z.object({ name: z.string(), namespace: z.string().default('default') }),
        spec: z.unknown(),
      }),
    )
    .nullable()
    .transform((policies) => policies ?? []),
  flows: z.array(
    z.object({
      /** `namespace/pod`, or an address outside the cluster. */
      from: z.string(),
      to: z.string(),
      port: z.number(),
      protocol: z.enum(['TCP', 'UDP', 'SCTP']),
      ingress: z.boolean(),
      egress: z.boolean(),
    }),
  ),
  invalid: z.number(),
});
export type Step = z.infer<typeof Step>;

/** @throws when the program fails or prints something else than steps. */
export async function* readSteps(program: string, signal: AbortSignal): AsyncGenerator<Step> {
  const child = spawn(program, { stdio: ['ignore', 'pipe', 'inherit'], signal });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))));
  });
  ended.catch(() => {});
  for await (const line of createInterface({ input: child.stdout })) yield Step.parse(JSON.parse(line));
  await ended;
}
