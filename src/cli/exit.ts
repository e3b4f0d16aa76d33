/** What a command ends with, as docs/cli.md says: `failed` when it could not be done or something is not right, `wrong` for the call or the configuration, when nothing was done. */
export const EXIT = { ok: 0, failed: 1, wrong: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
