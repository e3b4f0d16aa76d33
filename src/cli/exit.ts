/** `wrong`: the call or the configuration; nothing was done. */
export const EXIT = { ok: 0, failed: 1, wrong: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
