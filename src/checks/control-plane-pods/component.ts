import type { ComponentFacts } from './contract.ts';
import { ending, RECENT_MS, times, when } from './wording.ts';

/** What can be said of one component. `refAt` is the time its facts speak of, `nowAt` the reader's. */
export interface ComponentView {
  readonly state: 'steady' | 'trouble' | 'unknown';
  /** Goes after the component's name: `runs since …`. */
  readonly words: string;
}

export function viewOf(facts: ComponentFacts, refAt: number, nowAt: number): ComponentView {
  const { container } = facts;
  if (container === null) {
    const phase = facts.phase === null ? '' : ` (phase ${facts.phase})`;
    return { state: 'trouble', words: `has a pod but no container was started${phase}` };
  }
  const { last } = container;
  const ended = last === null ? '' : `: it last ${ending(last, nowAt)}`;
  const said = last?.message ? `, saying "${shortened(last.message)}"` : '';

  switch (container.state) {
    case 'waiting':
      return container.reason === 'CrashLoopBackOff'
        ? {
            state: 'trouble',
            words: `keeps crashing (CrashLoopBackOff, ${restarted(container.restarts)})${ended}${said}`,
          }
        : { state: 'trouble', words: `is not running (${container.reason ?? 'waiting'})${ended}${said}` };
    case 'terminated': {
      const again = container.restarts > 0 ? `, ${restarted(container.restarts)}` : '';
      return { state: 'trouble', words: `is not running${again}${ended}${said}` };
    }
    case 'unknown':
      // The kubelet soon removes the logs of earlier runs: then only the number tells that there were any.
      if (
        container.restarts > 0 &&
        (isRecent(last?.finishedAt ?? null, refAt) || isRecent(container.startedAt, refAt))
      ) {
        const begun = container.startedAt === null ? '' : `; it last started at ${when(container.startedAt, nowAt)}`;
        return { state: 'trouble', words: `is restarting (${restarted(container.restarts)})${ended}${begun}` };
      }
      return { state: 'unknown', words: 'can not be told to run or not' };
    case 'running': {
      const since = container.startedAt === null ? 'runs' : `runs since ${when(container.startedAt, nowAt)}`;
      if (facts.deleting) return { state: 'trouble', words: `is being deleted; it ${since}` };
      if (!container.ready) return { state: 'trouble', words: `${since}, but is not ready${ended}${said}` };
      if (last !== null && isRecent(last.finishedAt, refAt)) {
        const again = container.restarts > 1 ? ` (${restarted(container.restarts)} in all)` : '';
        return {
          state: 'trouble',
          words: `restarted a short while ago${again}: it ${ending(last, nowAt)}${said}, and ${since}`,
        };
      }
      if (serves(facts) && container.startedAt !== null && refAt - container.startedAt < JUST_STARTED_MS) {
        return { state: 'unknown', words: `${since}: too short a time to tell whether it stays up${ended}${said}` };
      }
      const history = container.restarts === 0 ? 'never restarted' : `${restarted(container.restarts)}${ended}`;
      return { state: 'steady', words: `${since}, ${history}` };
    }
  }
}

/** One that crashes at its start runs for a second or two each time. */
const JUST_STARTED_MS = 10_000;

/** Without these no request is answered; the others may start late. */
function serves({ component }: ComponentFacts): boolean {
  return component === 'kube-apiserver' || component === 'etcd';
}

function isRecent(at: number | null, refAt: number): boolean {
  return at !== null && refAt - at < RECENT_MS;
}

function restarted(count: number): string {
  return count === 0 ? 'never restarted' : `restarted ${times(count)}`;
}

/** The kubelet gives up to 4 kB of a container's last words. */
function shortened(message: string): string {
  const line = message.trim().split('\n').at(-1) ?? '';
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
