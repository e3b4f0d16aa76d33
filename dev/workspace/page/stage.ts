/** What can be broken in the world behind the workspace, for its page: the demo's stories. */
export interface Stage {
  readonly stories: readonly StoryCard[];
  state(): StageState;
  /** Called after every change of the state; returns what ends that. */
  onChange(listener: () => void): () => void;
  /** Breaks it. Refused, as words for a person, while another story plays or the world is not ready. */
  start(story: string): Promise<{ readonly kind: 'started' } | { readonly kind: 'refused'; readonly why: string }>;
  /** Puts right what the story broke; safe to call at any time. */
  mend(): Promise<void>;
}

export interface StoryCard {
  readonly id: string;
  /** A few words: "A firewall rule". */
  readonly title: string;
  /** One sentence on what happens to the cluster; it gives nothing away that the product has to find out. */
  readonly about: string;
}

export interface StageState {
  readonly kind: 'starting' | 'healthy' | 'breaking' | 'broken' | 'mending' | 'failed';
  /** The story that plays. */
  readonly story: string | null;
  /** What has happened so far, oldest first, each a sentence with its time (epoch ms). */
  readonly said: readonly { readonly at: number; readonly text: string }[];
}
