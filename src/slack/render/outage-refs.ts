/** What the buttons of an outage's messages point at: the incident, and the reminder that they stand on. */
export interface ReminderRef {
  readonly incident: string;
  /** From 1. */
  readonly reminder: number;
}

/** `3|prod/…` */
export function packReminderRef({ incident, reminder }: ReminderRef): string {
  return `${reminder}|${incident}`;
}

/** null when it is not one: pressed on a message of another version, or forged. */
export function unpackReminderRef(text: string | undefined): ReminderRef | null {
  const [, reminder, incident] = /^(\d{1,6})\|(.{1,300})$/.exec(text ?? '') ?? [];
  return incident === undefined ? null : { incident, reminder: Number(reminder) };
}
