import type { CallResult, WebCall } from './web-call.ts';

/** Told of what goes to Slack and how long it took. */
export interface SlackMeasures {
  /** One call of the Web API; `outcome` is Slack's own word where it said no, such as `not_in_channel`. */
  called(method: string, outcome: string, tookMs: number): void;
  /** A command or press, from when it was handed to the app until its acknowledgement was sent. */
  acknowledged(tookMs: number): void;
}

export function measured(call: WebCall, measures: SlackMeasures | undefined): WebCall {
  if (measures === undefined) return call;
  return async (method, args) => {
    const startedAt = performance.now();
    const result = await call(method, args);
    measures.called(method, outcomeOf(result), performance.now() - startedAt);
    return result;
  };
}

function outcomeOf(result: CallResult): string {
  return result.kind === 'refused' ? result.error : result.kind;
}
