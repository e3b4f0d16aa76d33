/** Works on one item at a time; of those that come meanwhile only the newest is kept. `work` must not reject. */
export function newestOnly<T>(work: (item: T) => Promise<void>): (item: T) => void {
  let waiting: { readonly item: T } | null = null;
  let busy = false;

  async function workOn(): Promise<void> {
    busy = true;
    while (waiting !== null) {
      const { item }: { item: T } = waiting;
      waiting = null;
      await work(item);
    }
    busy = false;
  }

  return (item) => {
    waiting = { item };
    if (!busy) void workOn();
  };
}
