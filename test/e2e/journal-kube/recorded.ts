import { kubeJournal } from '../../../src/agent/journal/kube/journal.ts';
import { remember } from '../../../src/agent/journal/kube/memory.ts';
import { ALSO_FOLLOWED } from '../../../src/agent/journal/kube/watched.ts';
import { kubeAccess } from '../../../src/agent/kube/access.ts';
import { kubeClient } from '../../../src/agent/kube/client.ts';
import { type WatchedState, watchState } from '../../../src/agent/kube/state.ts';
import { createLog } from '../../../src/ops/log.ts';
import { Change, type CoverageSpan } from '../../../src/words/change.ts';
import type { StreamRecord, WatchOrder } from '../../../src/words/stream.ts';

/** A journal of a real cluster whose records stay here. */
export interface RecordedJournal {
  readonly state: WatchedState;
  changes(): readonly Change[];
  coverage(): readonly CoverageSpan[];
  stop(): Promise<void>;
}

export async function recordJournal(options: {
  readonly kubeconfig: string;
  readonly stateDir: string;
  readonly order: WatchOrder;
}): Promise<RecordedJournal> {
  const { kubeconfig, stateDir, order } = options;
  const log = createLog({ name: 'journal', level: 'silent' });
  const clock = Date.now;
  const records: StreamRecord[] = [];
  const stop = new AbortController();
  const client = kubeClient(await kubeAccess({ kubeconfig, env: {} }));
  const journal = kubeJournal({
    instance: 'e2e',
    sink: { put: (record) => void records.push(record) },
    order: { current: () => order, onChange: () => () => {} },
    memory: await remember({ dir: stateDir, cluster: 'testbed', clock, log }),
    followed: () => state,
    clock,
    log,
  });
  const state = watchState({
    client,
    clock,
    log,
    notes: { taker: journal.taker, alsoFollow: ALSO_FOLLOWED },
    onProgress: journal.progressed,
  });
  const running = Promise.all([state.run(stop.signal), journal.run(stop.signal)]);
  return {
    state,
    changes: () => records.flatMap((record) => (record.kind === 'change' ? [Change.parse(record.change)] : [])),
    coverage: () => records.flatMap((record) => (record.kind === 'coverage' ? [record.span] : [])),
    async stop() {
      stop.abort();
      await running;
      client.close();
    },
  };
}
