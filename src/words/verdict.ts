import { z } from 'zod';

/** What a check or a step concluded. `unknown` is an answer: it could not be told, and the reason says why. */
export const Verdict = z.enum(['ok', 'problem', 'unknown', 'notApplicable']);
export type Verdict = z.infer<typeof Verdict>;
