import type { AnyMiddlewareArgs, App } from '@slack/bolt';
import type { SlackMeasures } from '../measures.ts';
import type { Lull } from './lull.ts';

/**
 * Acknowledges before anything else is done, in one place for all: commands, presses, shortcuts. A view's
 * submission is answered by its acknowledgement and gives its own; events Bolt acknowledges by itself.
 * Set up before the listeners, since it has to run before Bolt looks for the one that fits.
 */
export function acknowledgeFirst(app: App, lull: Lull, measures?: SlackMeasures): void {
  app.use(async (args) => {
    const startedAt = performance.now();
    lull.noted();
    if (hasOwnAnswer(args) || !('ack' in args) || typeof args.ack !== 'function') return args.next();
    await args.ack();
    measures?.acknowledged(performance.now() - startedAt);
    await args.next();
  });
}

function hasOwnAnswer({ body }: AnyMiddlewareArgs): boolean {
  return 'type' in body && body.type === 'view_submission';
}
