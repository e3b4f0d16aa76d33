import { askBot } from '../ask-bot.ts';
import { askSlack } from '../ask-slack.ts';
import type { DoctorCheck, Situation } from '../check.ts';
import { type Finding, failed, notChecked, ok, warning } from '../finding.ts';

const HERE = 'the clock of this machine';
const SYNC = 'let it be set by NTP (timedatectl set-ntp true)';

/** Changes and failures are compared to the second or so. */
const muchMs = 5_000;
/** Slack's signatures, certificates and tokens are refused from here on. */
const tooMuchMs = 60_000;
/** What agents tell is moved onto the bot's clock; beyond it something is wrong with a machine. */
const agentMuchMs = 2_000;

/** Times are what causes are found by: do the clocks agree? */
export const clocks: DoctorCheck = {
  id: 'clocks',
  title: 'Clocks',
  withinMs: 20_000,
  async run(situation, signal) {
    const [here, agents] = await Promise.all([againstSlack(situation, signal), ofAgents(situation, signal)]);
    return [here, ...agents];
  },
};

async function againstSlack(situation: Situation, signal: AbortSignal): Promise<Finding> {
  const { tokens, clock } = situation;
  // Even a refusal has a date.
  const { slackAt, tookMs } = await askSlack(situation, tokens.botToken ?? 'none', 'auth.test', {}, signal);
  if (slackAt === null)
    return notChecked(HERE, 'Slack gave no time to compare it with', 'let this machine out to Slack');
  // The header is cut to the second, and written somewhere between the question and the answer.
  const offMs = clock.now() - tookMs / 2 - (slackAt + 500);
  const unsureMs = 500 + tookMs / 2;
  const surelyMs = Math.max(0, Math.abs(offMs) - unsureMs);
  const words = `it is ${Math.round(Math.abs(offMs) / 1000)} s ${offMs > 0 ? 'ahead of' : 'behind'} Slack's`;
  if (surelyMs > tooMuchMs) return failed(HERE, words, SYNC);
  return surelyMs > muchMs ? warning(HERE, words, SYNC) : ok(HERE, "it agrees with Slack's");
}

async function ofAgents(situation: Situation, signal: AbortSignal): Promise<readonly Finding[]> {
  const bot = await askBot(situation, signal);
  if (bot.kind !== 'answered') return [notChecked('the clocks of the agents', 'no bot runs here that could tell')];
  const { agents } = bot.value;
  const off = agents.filter((agent) => Math.abs(agent.clockOffsetMs) - agent.clockToleranceMs > agentMuchMs);
  if (off.length === 0) return agents.length === 0 ? [] : [ok('the clocks of the agents', 'they agree with the bot’s')];
  const allSameWay = new Set(off.map(({ clockOffsetMs }) => Math.sign(clockOffsetMs))).size === 1;
  if (off.length === agents.length && agents.length > 1 && allSameWay) {
    const words = `all ${agents.length} agents' clocks differ from the bot's in the same way: it is the bot's that is wrong`;
    return [warning('the clock of the bot’s machine', words, SYNC)];
  }
  return off.map(({ cluster, role, instance, clockOffsetMs }) => {
    const words = `its clock is ${(Math.abs(clockOffsetMs) / 1000).toFixed(1)} s ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} the bot's; its times are moved by that`;
    return warning(`agent ${cluster}/${role}/${instance}`, words, `on its machine, ${SYNC}`);
  });
}
