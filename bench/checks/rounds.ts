import type { Message } from '../../dev/workspace/conversations.ts';
import type { Workspace } from '../../dev/workspace/workspace.ts';
import type { InvestigationEvent } from '../../src/investigation/events.ts';
import { stepById } from '../../src/playbook/playbook.ts';
import { StepId } from '../../src/playbook/step.ts';
import type { Store } from '../../src/store/store.ts';
import { ana, cluster } from '../../test/e2e/harness/bot.ts';
import { until } from '../../test/e2e/harness/until.ts';
import { max } from '../spread.ts';

/** One investigation of a healthy cluster. */
export interface Round {
  /** From the event that opened it to the last that finished a run. */
  readonly allSixMs: number;
  /** What the slowest vantage of each check took, as it measured itself, while all six ran. */
  readonly checks: ReadonlyMap<StepId, number>;
  /** The slowest of them once more, with nothing else running. */
  readonly slowestAloneMs: number;
  /** From the command sent to the card that shows all six. */
  readonly onCardMs: number;
}

const patience = { timeoutMs: 60_000 };

/** Opens an investigation by command, waits until all six steps have their answer, then runs the slowest again. */
export async function investigateOnce(workspace: Workspace, store: Store, channel: string): Promise<Round> {
  const person = workspace.as(ana);
  const typedAt = performance.now();
  await person.command(channel, '/apidown', `investigate ${cluster}`);
  const card = await workspace.waitFor(() => {
    const [found] = workspace.channel(channel).messages();
    return found !== undefined && !textOf(found).includes('⏳') && found;
  }, patience);
  const onCardMs = performance.now() - typedAt;
  const opening = await finished(store, channel, StepId.options.length);
  const checks = slowestVantages(opening);
  const slowest = StepId.options.toSorted((a, b) => (checks.get(b) ?? 0) - (checks.get(a) ?? 0))[0] ?? 'inside';
  const { number, title } = stepById(slowest);

  // The walk stands at the first step.
  if (number !== 1) await person.select(card, { actionId: 'go-to-step' }, `${number} ${title}`);
  await workspace.waitFor(() => textOf(card, workspace).includes(`step ${number} of`), patience);
  await person.click(card, { actionId: 'run-again' });
  const all = await finished(store, channel, StepId.options.length + 1);
  const alone = slowestVantages(all.slice(opening.length)).get(slowest);
  if (alone === undefined) throw new Error(`${slowest}, run again, brought no evidence`);

  const openedAt = opening.find(({ kind }) => kind === 'opened')?.at ?? Number.NaN;
  const finishedAt = max(opening.filter(({ kind }) => kind === 'run-finished').map(({ at }) => at));
  return { allSixMs: finishedAt - openedAt, checks, slowestAloneMs: alone, onCardMs };
}

/** The timeline, once so many runs are finished. */
async function finished(store: Store, channel: string, runs: number): Promise<readonly InvestigationEvent[]> {
  let events: readonly InvestigationEvent[] = [];
  await until(60_000, async () => {
    const [id] = await store.investigations.open({ cluster, channel });
    events = id === undefined ? [] : await store.investigations.events(id);
    const count = events.filter(({ kind }) => kind === 'run-finished').length;
    return count === runs ? null : `${count} of ${runs} runs are finished`;
  });
  return events;
}

function slowestVantages(events: readonly InvestigationEvent[]): ReadonlyMap<StepId, number> {
  const slowest = new Map<StepId, number>();
  for (const event of events) {
    if (event.kind === 'run-finished' && event.outcome === 'failed') throw new Error(`${event.step}: ${event.reason}`);
    if (event.kind !== 'evidence-gathered') continue;
    slowest.set(event.step, Math.max(event.evidence.tookMs, slowest.get(event.step) ?? 0));
  }
  return slowest;
}

/** As it stands now in the workspace, or as it was read. */
function textOf(card: Message, now?: Workspace): string {
  const standing = now === undefined ? card : now.channel(card.channel).message(card.ts);
  return JSON.stringify(standing?.blocks ?? []);
}
