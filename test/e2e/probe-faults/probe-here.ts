/** Runs inside a network namespace: one probe of what stdin says, its results as JSON on stdout. */
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { probe } from '../../../src/probe/probe.ts';
import { ProbeTarget } from '../../../src/words/probe.ts';

const Request = z.object({ target: ProbeTarget, caPem: z.string(), deadlineMs: z.number() });

const { target, ...options } = Request.parse(await json(process.stdin));
process.stdout.write(JSON.stringify(await probe(target, options, AbortSignal.timeout(60_000))));
