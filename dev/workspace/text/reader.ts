/** Whose eyes read: names, time zone, and how wide the terminal is. */
export interface Reader {
  /** IANA name. */
  readonly tz: string;
  readonly nowAt: number;
  /** Columns. */
  readonly width: number;
  /** Bold, dim and so on as a terminal shows them; plain text without. */
  readonly isAnsi: boolean;
  /** The name of a user, channel or user group, without `@` or `#`; the id itself when nobody knows it. */
  nameOf(id: string): string;
}

export function bold(text: string, { isAnsi }: Pick<Reader, 'isAnsi'>): string {
  return isAnsi ? `\u001b[1m${text}\u001b[22m` : text;
}

export function dim(text: string, { isAnsi }: Pick<Reader, 'isAnsi'>): string {
  return isAnsi ? `\u001b[2m${text}\u001b[22m` : text;
}
