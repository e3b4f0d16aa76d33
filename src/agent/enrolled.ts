import { readFile } from 'node:fs/promises';
import { type Enrolment, readEnrolment } from '../link/enrolment.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment, with what the enrolment file tells where a variable is not set. A file that is missing or wrong
 * adds nothing here: `startAgent` reads it again, and says what is wrong with it.
 */
export async function withEnrolment(env: Environment): Promise<Environment> {
  const file = env.APIDOWN_KEY_FILE?.trim();
  if (!file) return env;
  const enrolled = await enrolment(file).catch(() => null);
  if (enrolled === null) return env;
  return {
    ...env,
    APIDOWN_CLUSTER: env.APIDOWN_CLUSTER?.trim() || enrolled.cluster,
    APIDOWN_ROLE: env.APIDOWN_ROLE?.trim() || enrolled.role,
    APIDOWN_BOT_URL: env.APIDOWN_BOT_URL?.trim() || (enrolled.botUrl ?? undefined),
  };
}

/** @throws with what is wrong; it never repeats the key. */
export async function enrolment(file: string): Promise<Enrolment> {
  return readEnrolment(await readFile(file, 'utf8'));
}
