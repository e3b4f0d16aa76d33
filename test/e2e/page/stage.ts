import type { Stage, StageState } from '../../../dev/workspace/page/stage.ts';

/** A stage on which nothing really breaks. */
export function aStage(): Stage {
  let state: StageState = { kind: 'healthy', story: null, said: [] };
  const listeners = new Set<() => void>();
  const become = (next: StageState) => {
    state = next;
    for (const listener of listeners) listener();
  };
  return {
    stories: [
      { id: 'firewall', title: 'A firewall rule', about: 'Somebody changes the firewall of the control-plane node.' },
      { id: 'crash-loop', title: 'A crash loop', about: 'Somebody edits how the API server is started.' },
      { id: 'dns', title: 'A name', about: 'Somebody changes a DNS record.' },
    ],
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async start(story) {
      if (state.kind !== 'healthy') return { kind: 'refused', why: 'Another story plays. Mend it first.' };
      become({ kind: 'broken', story, said: [...state.said, { at: Date.now(), text: 'A rule was added.' }] });
      return { kind: 'started' };
    },
    async mend() {
      become({ kind: 'healthy', story: null, said: [...state.said, { at: Date.now(), text: 'The rule is gone.' }] });
    },
  };
}
