import { z } from 'zod';

/** The two keys of a login by HTTP's basic authentication, as parts of a section. `file`: the name of a file, made absolute. */
export function basicAuth(file: z.ZodType<string, string>) {
  return {
    // The colon ends the name.
    username: z
      .string()
      .regex(/^[^:]+$/)
      .nullable()
      .default(null),
    passwordFile: file.nullable().default(null),
  };
}

/** The one is nothing without the other. */
export function isWholeLogin(login: {
  readonly username: string | null;
  readonly passwordFile: string | null;
}): boolean {
  return (login.username === null) === (login.passwordFile === null);
}
