import { rules } from '../../playbook/rules.ts';
import { StepId } from '../../playbook/step.ts';
import { RuleId } from '../../words/rule.ts';

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
  widen: 'widen',
  widenOne: 'widen-one',
  tellOnset: 'tell-onset',
  drawPicture: 'draw-picture',
  openOutage: 'open-outage',
  snoozeOutage: 'snooze-outage',
  stopOutage: 'stop-outage',
  homeRefresh: 'home-refresh',
  homeOpen: 'home-open',
  postHealth: 'post-health',
  addSchedule: 'add-schedule',
  pauseSchedule: 'pause-schedule',
  resumeSchedule: 'resume-schedule',
  removeSchedule: 'remove-schedule',
  openIssue: 'open-issue',
  olderHistory: 'older-history',
  olderAudit: 'older-audit',
} as const;

export const viewIds = {
  record: 'record-by-hand',
  endpoint: 'give-endpoint',
  conclude: 'conclude',
  onset: 'tell-onset',
  /** From the Home tab: which cluster, in which channel. */
  homeOpen: 'home-open',
  schedule: 'add-schedule',
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

/** `inv-k3f9x2` */
export function unpackInvestigation(text: string | undefined): string | null {
  return /^inv-[a-z0-9]{1,32}$/.exec(text ?? '')?.[0] ?? null;
}

/** Which windows to widen: `inv-k3f9x2|firewall`, `inv-k3f9x2|all`. */
export function packWidenRef(investigation: string, rule: RuleId | 'all'): string {
  return `${investigation}|${rule}`;
}

export function unpackWidenRef(
  text: string | undefined,
): { readonly investigation: string; readonly rules: readonly RuleId[] } | null {
  const [, investigation, which] = /^(inv-[a-z0-9]{1,32})\|([a-z-]{1,40})$/.exec(text ?? '') ?? [];
  if (investigation === undefined) return null;
  if (which === 'all') return { investigation, rules: rules.map(({ id }) => id) };
  const rule = RuleId.safeParse(which);
  return rule.success ? { investigation, rules: [rule.data] } : null;
}

/** A picture to draw, and how many there were: `inv-k3f9x2|2`. A second press of the same button draws nothing. */
export function packPictureRef(investigation: string, drawn: number): string {
  return `${investigation}|${drawn}`;
}

export function unpackPictureRef(
  text: string | undefined,
): { readonly investigation: string; readonly drawn: number } | null {
  const [, investigation, drawn] = /^(inv-[a-z0-9]{1,32})\|(\d{1,6})$/.exec(text ?? '') ?? [];
  return investigation === undefined ? null : { investigation, drawn: Number(drawn) };
}

/** Which health to post: a cluster's name, or `*` for all that this person may see. */
export function unpackHealthRef(text: string | undefined): { readonly cluster: string | null } | null {
  const [given] = /^(\*|[a-z0-9][a-z0-9-]{0,62})$/.exec(text ?? '') ?? [];
  return given === undefined ? null : { cluster: given === '*' ? null : given };
}

/** `hp-k3f9x2`, `cfg-k3f9x2` */
export function unpackSchedule(text: string | undefined): string | null {
  return /^(hp|cfg)-[a-z0-9]{1,32}$/.exec(text ?? '')?.[0] ?? null;
}
