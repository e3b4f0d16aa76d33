/** Why a `fetch` got no answer: it says so in its cause alone. */
export function whyUnreached(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
}
