import { askBot } from '../ask-bot.ts';
import type { DoctorCheck } from '../check.ts';
import { type Finding, failed, ok, warning } from '../finding.ts';

/** Sources run as they are, and the database is Node's own: both need it. */
const oldestNode = 24;

/** Of Node, of this program, and of the bot that runs. */
export const versions: DoctorCheck = {
  id: 'versions',
  title: 'Versions',
  withinMs: 10_000,
  async run(situation, signal) {
    const { version, nodeVersion } = situation;
    const bot = await askBot(situation, signal);
    return [
      node(nodeVersion),
      ok('this program', version),
      ...(bot.kind === 'answered' ? [running(bot.value.version, version)] : []),
    ];
  },
};

function node(version: string): Finding {
  return Number.parseInt(version, 10) >= oldestNode
    ? ok('Node', version)
    : failed(
        'Node',
        `${version} runs this program, which needs ${oldestNode}`,
        'run it by npm (npm run -s apidown -- …), which brings its own Node',
      );
}

function running(running: string, own: string): Finding {
  if (running === own) return ok('the running bot', running);
  const mend = 'start the bot anew after an update, and use the command line that came with it';
  return warning('the running bot', `it is version ${running}, this program ${own}`, mend);
}
