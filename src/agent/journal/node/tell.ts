import type { Change, ChangeCategory } from '../../../words/change.ts';
import type { RecordSink } from '../../spool/spool.ts';

/** What a source on the node has to say of a change; the rest is the same for all of them. */
export interface NodeChange
  extends Pick<Change, 'category' | 'earliestAt' | 'latestAt' | 'action' | 'summary' | 'diff' | 'effect'> {
  /** Of the source's own, unique on this node and the same when told again. */
  readonly key: string;
  readonly target: {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
    readonly addresses?: readonly string[];
    readonly ports?: readonly number[];
  };
  readonly actor?: string | null;
  readonly certainty?: Change['certainty'];
}

/** How a source on a node tells what it saw. */
export interface NodeTelling {
  change(change: NodeChange): void;
  readonly coverage: Coverage;
}

/** The time that was really watched. Epoch ms. */
interface Coverage {
  /** Everything up to this moment has been seen; the first call, and the first after `end`, begins a stretch. */
  reach(at: number): void;
  end(): void;
}

export type NodeSource = 'node-firewall' | 'node-files' | 'node-network';

export function nodeTelling(options: {
  readonly node: string;
  readonly source: NodeSource;
  readonly categories: readonly ChangeCategory[];
  readonly sink: RecordSink;
  /** Epoch ms. */
  readonly clock: () => number;
}): NodeTelling {
  const { node, source, categories, sink, clock } = options;
  let fromAt: number | null = null;
  let reachedAt = 0;
  let toldAt = 0;

  function tellCoverage(): void {
    if (fromAt === null || reachedAt <= Math.max(fromAt, toldAt)) return;
    toldAt = reachedAt;
    const span = { source, instance: node, categories: [...categories], fromAt, toAt: reachedAt };
    sink.put({ kind: 'coverage', span });
  }

  return {
    change({ key, target, actor = null, certainty = 'seen', ...change }) {
      sink.put({
        kind: 'change',
        change: {
          ...change,
          // Files tell their times in parts of a millisecond.
          earliestAt: Math.floor(change.earliestAt),
          latestAt: Math.ceil(change.latestAt),
          id: cut(`${source}:${node}:${key}`, 500),
          source,
          instance: node,
          observedAt: clock(),
          certainty,
          actor: actor === null ? null : cut(actor, 253),
          target: {
            kind: target.kind,
            namespace: target.namespace ?? null,
            name: cut(target.name, 500),
            node,
            addresses: (target.addresses ?? []).slice(0, 64),
            ports: (target.ports ?? []).slice(0, 64),
          },
          summary: cut(change.summary, 500),
          diff: lines(change.diff),
          untilAt: null,
          link: null,
        },
      });
    },
    coverage: {
      reach(at) {
        if (fromAt === null) {
          fromAt = at;
          reachedAt = at;
          toldAt = at;
        }
        reachedAt = Math.max(reachedAt, at);
        if (reachedAt - toldAt >= COVERAGE_EVERY_MS) tellCoverage();
      },
      end() {
        tellCoverage();
        fromAt = null;
      },
    },
  };
}

const COVERAGE_EVERY_MS = 10_000;
const MOST_LINES = 40;

function lines(diff: readonly string[]): string[] {
  const told =
    diff.length <= MOST_LINES ? diff : [...diff.slice(0, MOST_LINES - 1), `… and ${diff.length - MOST_LINES + 1} more`];
  return told.map((line) => cut(line, 500));
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
