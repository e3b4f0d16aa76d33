import { z } from 'zod';
import { socketBeside } from '../../terminal/socket.ts';
import { askBot } from '../ask-bot.ts';
import type { DoctorCheck, Situation } from '../check.ts';
import { type Finding, failed, notChecked, ok, warning } from '../finding.ts';
import { ownAddress } from '../own-address.ts';
import { whyUnreached } from '../why-unreached.ts';

const BOT = 'the running bot';

/** Does the bot run here, is it well, and is it the one of this configuration? */
export const theRunningBot: DoctorCheck = {
  id: 'running-bot',
  title: 'Running bot',
  withinMs: 12_000,
  async run(situation, signal) {
    const socket = socketBeside(situation.settings.store.file);
    const [told, health] = await Promise.all([askBot(situation, signal), askHealth(situation, signal)]);
    if (told.kind === 'absent' && health.kind === 'absent') {
      const mend = 'start it (npm start), or run the doctor on its machine';
      return [warning(BOT, `none runs here: nobody answers on ${socket} nor at ${health.url}`, mend)];
    }
    return [
      told.kind === 'answered'
        ? ok(`its socket ${socket}`, 'answers')
        : warning(
            `its socket ${socket}`,
            told.kind === 'absent' ? `nobody answers (${told.why})` : told.message,
            'look whether store.file is the running bot’s, and run this as the bot’s own user; `apidown investigate` needs the socket',
          ),
      ...healthFindings(health),
      ...(told.kind === 'answered' ? [slackOf(told.value)] : []),
    ];
  },
};

type Health =
  | { readonly kind: 'absent'; readonly url: string; readonly why: string }
  | { readonly kind: 'answered'; readonly url: string; readonly status: number; readonly store: string | null };

function healthFindings(health: Health): readonly Finding[] {
  const about = health.url;
  if (health.kind === 'absent') {
    const mend = 'look whether http.listen is the running bot’s; start the bot anew after it was changed';
    return [warning(about, `nobody answers (${health.why})`, mend)];
  }
  if (health.store === null) {
    return [failed(about, 'another program answers there', 'set http.listen to a port of its own')];
  }
  if (health.status === 200) return [ok(about, 'the store takes writes')];
  return [failed(about, `the store does not work: ${health.store}`, 'see the log of the bot, and the database above')];
}

function slackOf({ slack, slackTrouble }: { slack: string; slackTrouble: string | null }): Finding {
  const about = 'its connection to Slack';
  if (slack === 'connected') return ok(about, 'stands');
  if (slack === 'connecting') return notChecked(about, 'it is being made', 'try again in a few seconds');
  const words = `it does not stand: ${slack}${slackTrouble === null ? '' : ` (${slackTrouble})`}`;
  return failed(about, words, 'mend the tokens or the way to Slack, as told above; it connects by itself then');
}

const HealthBody = z.object({ store: z.string(), slack: z.string() });

async function askHealth({ settings }: Situation, signal: AbortSignal): Promise<Health> {
  const { host, port } = settings.http.listen;
  const reached = ownAddress(host);
  const url = `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}/healthz`;
  if (port === 0) return { kind: 'absent', url, why: 'http.listen takes any free port, so that nobody knows which' };
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(8_000)]) });
    const body = HealthBody.safeParse(await response.json().catch(() => null));
    return { kind: 'answered', url, status: response.status, store: body.data?.store ?? null };
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: 'absent', url, why: whyUnreached(error) };
  }
}
