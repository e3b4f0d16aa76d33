/** What a source saw last, so that after a restart it compares with the state before. Anything that JSON holds. */
export interface SourceMemory {
  /** null: nothing was kept yet. @throws when the store can't be read */
  last(): Promise<unknown>;
  /** Replaces what was kept. @throws when it could not be kept */
  keep(state: unknown): Promise<void>;
}
