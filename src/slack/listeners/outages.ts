import type { App } from '@slack/bolt';
import type { Hushed, OutageDesk } from '../../outages/desk.ts';
import type { OutageCard } from '../../outages/ports.ts';
import { hushedReply, overReply } from '../render/outage-card.ts';
import { unpackReminderRef } from '../render/outage-refs.ts';
import { actionIds } from '../render/refs.ts';
import { saying } from '../render/replies.ts';
import { openInvestigation } from './open.ts';
import { type ListenerPorts, tell } from './ports.ts';
import { type Press, pressOf } from './presses.ts';

/** What buttons of an outage's messages do: all of it is the desk's to decide. */
export type OutageActions = Pick<OutageDesk, 'find' | 'snooze' | 'stop'>;

const unknown = "I don't know this outage any more. Type `/apidown status`.";

export function listenToOutages(app: App, ports: ListenerPorts, outages: OutageActions): void {
  app.action(actionIds.openOutage, async ({ body, context }) => {
    const redelivered = (context.retryNum ?? 0) > 0;
    start(pressOf(body), async (press) => {
      const card = await outages.find(press.value ?? '');
      if (card === null) return tell(ports.outbound, press.caller, saying(unknown));
      const wish = { cluster: card.cluster, report: null, redelivered, inChannel: true };
      await openInvestigation(ports, press.caller, wish);
    });
  });

  app.action(actionIds.snoozeOutage, async ({ body }) => start(pressOf(body), (press) => hush(press, outages.snooze)));
  app.action(actionIds.stopOutage, async ({ body }) => start(pressOf(body), (press) => hush(press, outages.stop)));

  function start(press: Press, run: (press: Press) => Promise<void>): void {
    const about = { what: press.actionId, user: press.caller.user, value: press.value };
    ports.errands.start(
      about,
      (content) => tell(ports.outbound, press.caller, content),
      () => run(press),
    );
  }

  async function hush({ caller, value }: Press, how: OutageActions['snooze']): Promise<void> {
    const ref = unpackReminderRef(value);
    const card = ref === null ? null : await outages.find(ref.incident);
    if (ref === null || card === null) return tell(ports.outbound, caller, saying(unknown));
    const permission = await ports.gate.check(caller, card.cluster, 'investigate');
    if (permission.kind === 'refused') return tell(ports.outbound, caller, saying(permission.mrkdwn));
    await answer(await how(ref.incident, ref.reminder, caller.user), card);

    async function answer(hushed: Hushed, { cluster }: OutageCard): Promise<void> {
      switch (hushed.kind) {
        case 'done':
          return;
        case 'already': {
          const { by, at, kind } = hushed.hush;
          return by === caller.user ? undefined : tell(ports.outbound, caller, hushedReply(by, at, kind));
        }
        case 'over':
          return tell(ports.outbound, caller, overReply(cluster));
        case 'unknown':
          return tell(ports.outbound, caller, saying(unknown));
        default:
          return hushed satisfies never;
      }
    }
  }
}
