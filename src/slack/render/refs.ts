import { StepId } from '../../playbook/step.ts';

/** What a button or a modal points at: ids only, never state, so that an old one can't say anything untrue. */
export interface StepRef {
  readonly investigation: string;
  readonly step: StepId;
  /** How many runs the step had when it was drawn; for a thread message, the run it shows. */
  readonly run: number;
}

/** Ids of everything that can be pressed. */
export const actionIds = {
  next: 'next',
  runAgain: 'run-again',
  skip: 'skip',
  recordByHand: 'record-by-hand',
  conclude: 'conclude',
  goToStep: 'go-to-step',
  giveEndpoint: 'give-endpoint',
  details: 'details',
  commands: 'commands',
  chooseCluster: 'choose-cluster',
} as const;

export const viewIds = {
  record: 'record-by-hand',
  endpoint: 'give-endpoint',
  conclude: 'conclude',
  /** Only to read; nothing is submitted. */
  reading: 'reading',
} as const;

/** `inv-k3f9x2|inside|2` */
export function packRef(ref: StepRef): string {
  return `${ref.investigation}|${ref.step}|${ref.run}`;
}

/** null when it is not one: pressed on a message of another version, or forged. */
export function unpackRef(text: string | undefined): StepRef | null {
  const parts = /^(inv-[a-z0-9]{1,32})\|([a-z-]{1,40})\|(\d{1,6})$/.exec(text ?? '');
  const step = StepId.safeParse(parts?.[2]);
  if (parts?.[1] === undefined || !step.success) return null;
  return { investigation: parts[1], step: step.data, run: Number(parts[3]) };
}
