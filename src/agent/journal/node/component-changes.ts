import { z } from 'zod';
import type { NodeComponentFacts } from '../../../checks/control-plane-pods/contract.ts';
import type { ChangeEffect } from '../../../words/change.ts';
import type { NodeChange } from './tell.ts';

/** What is remembered of a control-plane container, to tell when another life of it began. Epoch ms. */
export const ComponentRecord = z.object({
  component: z.string(),
  /** Of a static pod: the hash of its manifest. */
  uid: z.string().nullable(),
  attempt: z.number().int(),
  /** By the runtime's word. */
  ended: z.boolean(),
  /** When its log was last written. */
  loggedAt: z.number().nullable(),
});
export type ComponentRecord = z.infer<typeof ComponentRecord>;

/** Those that the kubelet runs from files. The others may have several pods on a node, and the API tells of them. */
export function isStatic({ component }: NodeComponentFacts): boolean {
  return component !== 'kube-proxy' && component !== 'coredns';
}

export function componentRecords(found: readonly NodeComponentFacts[]): ComponentRecord[] {
  return found.flatMap(({ component, uid, container, loggedAt }) =>
    container === null
      ? []
      : [{ component, uid, attempt: container.restarts, ended: container.state === 'terminated', loggedAt }],
  );
}

/** Pure: which containers of the control plane ended, began, or did both between two looks. */
export function componentChanges(
  before: readonly ComponentRecord[],
  found: readonly NodeComponentFacts[],
  { sinceAt, lookedAt }: { readonly sinceAt: number; readonly lookedAt: number },
): NodeChange[] {
  const now = componentRecords(found);
  const gone = before
    .filter(({ component, ended }) => !ended && !now.some((one) => one.component === component))
    .map(({ component, uid, attempt, loggedAt }) =>
      told(component, `${uid}:${attempt}:gone`, {
        earliestAt: Math.min(loggedAt ?? sinceAt, lookedAt),
        latestAt: lookedAt,
        action: 'end',
        summary: `the container of ${component} is gone, with its log`,
        effect: effectOf(component, 'breaks', 'no container of it is left on this node'),
      }),
    );
  return [...gone, ...found.flatMap((facts) => changesOf(facts, before, now, sinceAt, lookedAt))];
}

/** Pure: how each container's earlier life ended, for who looks for the first time. */
export function componentsAtFirst(found: readonly NodeComponentFacts[], lookedAt: number): NodeChange[] {
  return found.flatMap((facts) => {
    const { container, component, uid } = facts;
    const last = container?.last;
    if (container === null || last?.finishedAt === null || last?.finishedAt === undefined) return [];
    const change = told(component, `${uid}:${container.restarts}${container.state === 'terminated' ? ':end' : ''}`, {
      ...endOf(facts, last.finishedAt, lookedAt),
      action: container.state === 'terminated' ? 'end' : 'restart',
      summary: `${component} ${container.state === 'terminated' ? 'ended' : 'was restarted'}${how(facts)}`,
      effect: null,
      diff: lastWords(facts),
    });
    return [{ ...change, certainty: 'latestKnown' }];
  });
}

function changesOf(
  facts: NodeComponentFacts,
  before: readonly ComponentRecord[],
  now: readonly ComponentRecord[],
  sinceAt: number,
  lookedAt: number,
): NodeChange[] {
  const { component, container } = facts;
  const old = before.find((one) => one.component === component);
  const is = now.find((one) => one.component === component);
  if (is === undefined || container === null) return [];
  const id = `${is.uid}:${is.attempt}`;
  const same = old !== undefined && old.uid === is.uid && old.attempt === is.attempt;
  const changes: NodeChange[] = [];
  const finishedAt = container.last?.finishedAt ?? null;

  if (!same) {
    const begunAt = container.startedAt === null ? lookedAt : Math.min(container.startedAt, lookedAt);
    const begun = {
      earliestAt: container.startedAt === null ? Math.min(sinceAt, begunAt) : begunAt,
      latestAt: begunAt,
    };
    if (old === undefined || old.ended) {
      changes.push(
        told(component, id, {
          ...begun,
          action: 'start',
          summary: `${component} was started${is.attempt > 0 ? ` again (restart ${is.attempt})` : ''}`,
          effect: effectOf(component, 'mends', 'its container runs again'),
        }),
      );
    } else {
      // What is known of the end: the runtime's word, or that it lies between its last line and the next life's begin.
      const samePod = old.uid === is.uid;
      const when =
        samePod && finishedAt !== null && !is.ended
          ? endOf(facts, finishedAt, begunAt)
          : { earliestAt: Math.min(old.loggedAt ?? sinceAt, begunAt), latestAt: begunAt };
      changes.push(
        told(component, id, {
          ...when,
          action: 'restart',
          summary: samePod
            ? `${component} was restarted (restart ${is.attempt})${is.ended ? '' : how(facts)}`
            : `${component} was replaced by a new pod, as after a change of its manifest`,
          effect: effectOf(component, 'breaks', 'it did not answer from its end until the next one was ready'),
          diff: lastWords(facts),
        }),
      );
    }
  }
  if (is.ended && !(same && old.ended) && finishedAt !== null) {
    changes.push(
      told(component, `${id}:end`, {
        ...endOf(facts, finishedAt, lookedAt),
        action: 'end',
        summary: `${component} ended${how(facts)}`,
        effect: effectOf(component, 'breaks', 'its container has ended'),
        diff: lastWords(facts),
      }),
    );
  }
  return changes;
}

/** Exact by the runtime's word, which comes with an exit code; else between its last line and the next moment known. */
function endOf(
  { container }: NodeComponentFacts,
  finishedAt: number,
  latestAt: number,
): { earliestAt: number; latestAt: number } {
  const exact = container?.last?.exitCode !== null && container?.last?.exitCode !== undefined;
  return { earliestAt: Math.min(finishedAt, latestAt), latestAt: exact ? Math.min(finishedAt, latestAt) : latestAt };
}

function how({ container }: NodeComponentFacts): string {
  const last = container?.last;
  if (last === null || last === undefined || last.exitCode === null) return '';
  return `: it ended with exit code ${last.exitCode}${last.reason === null ? '' : ` (${last.reason})`}`;
}

function lastWords({ lastWords: words }: NodeComponentFacts): string[] {
  return words.slice(-5).map((line) => `its log: ${line}`);
}

function told(
  component: string,
  key: string,
  change: Pick<NodeChange, 'earliestAt' | 'latestAt' | 'action' | 'summary' | 'effect'> & {
    readonly diff?: readonly string[];
  },
): NodeChange {
  return {
    ...change,
    key: `${component}:${key}`,
    category: 'control-plane',
    target: { kind: `${component} container`, namespace: 'kube-system', name: component },
    diff: [...(change.diff ?? [])],
  };
}

function effectOf(component: string, verdict: 'breaks' | 'mends', words: string): ChangeEffect {
  if (component === 'kube-apiserver') return { kind: 'judged', verdict, words };
  if (component === 'etcd')
    return { kind: 'judged', verdict: 'unknown', words: `${words}; the API server may need this etcd` };
  return { kind: 'judged', verdict: 'none', words: `${words}; clients reach the API server without it` };
}
