/** What goes wrong with a call, on demand. */
type Fault =
  /** Nothing happens but HTTP 429. */
  | { readonly kind: 'rateLimited'; readonly retryAfterS: number }
  /** Nothing happens but this HTTP status, with a page in place of JSON. */
  | { readonly kind: 'status'; readonly status: number }
  /** Nothing happens but `{ ok: false, error }`. */
  | { readonly kind: 'error'; readonly error: string }
  /** Nothing happens and no answer ever comes. */
  | { readonly kind: 'hang' }
  /** Nothing happens; the connection is cut. */
  | { readonly kind: 'cut' }
  /** It is done, but the connection is cut before the answer: the caller can't know. */
  | { readonly kind: 'cutAfter' }
  /** It is done, but no answer ever comes. */
  | { readonly kind: 'hangAfter' }
  /** It is done, only later. */
  | { readonly kind: 'late'; readonly ms: number };

export interface Faults {
  /**
   * The next calls go wrong.
   * @param method a method's name, `*` for every one, or a path such as `/upload` and `/response`.
   * @param times how many; 1 when left out.
   */
  next(method: string, fault: Fault, times?: number): void;
  /** Every call goes wrong until `clear`. */
  always(method: string, fault: Fault): void;
  clear(): void;
  take(method: string): Fault | null;
}

export function createFaults(): Faults {
  let planned: { method: string; fault: Fault; left: number }[] = [];
  return {
    next: (method, fault, times = 1) => planned.push({ method, fault, left: times }),
    always: (method, fault) => planned.push({ method, fault, left: Number.POSITIVE_INFINITY }),
    clear() {
      planned = [];
    },
    take(method) {
      const due = planned.find((plan) => plan.left > 0 && (plan.method === method || plan.method === '*'));
      if (!due) return null;
      due.left -= 1;
      return due.fault;
    },
  };
}
