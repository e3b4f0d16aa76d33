/** Slack promises fifty calls a minute of most methods: a few at once are soon done and anger nobody. */
const atOnce = 4;

/** Does it for each, a few at once, and answers in their order. */
export async function inTurns<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<readonly R[]> {
  const done = new Map<T, R>();
  const left = [...items];
  async function work(): Promise<void> {
    for (let item = left.shift(); item !== undefined; item = left.shift()) done.set(item, await act(item));
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  return items.flatMap((item) => {
    const result = done.get(item);
    return result === undefined ? [] : [result];
  });
}
