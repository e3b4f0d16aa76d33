import packageJson from '../../package.json' with { type: 'json' };
import { readAgentConfig, renderMistakes } from '../agent/config.ts';
import { withEnrolment } from '../agent/enrolled.ts';
import { aborted } from '../agent/pause.ts';
import { systemClock } from '../ops/clock.ts';
import { createLog } from '../ops/log.ts';

const answer = readAgentConfig(await withEnrolment(process.env), process.argv.slice(2));
if (answer.kind === 'bad') {
  process.stderr.write(`${renderMistakes(answer.mistakes)}\n`);
  process.exit(2);
}
const { config } = answer;
const log = createLog({ name: `agent-${config.kind === 'linked' ? config.role : config.kind}` });
const stopping = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort());

try {
  if (config.kind === 'firewall-reader') {
    const { localFirewall } = await import('../agent/firewall/local.ts');
    const { firewallReader } = await import('../agent/firewall/reader.ts');
    const reader = await firewallReader({
      socketPath: config.socket,
      firewall: localFirewall({ clock: systemClock.now }),
    });
    log.info({ socket: config.socket }, 'the firewall reader answers');
    await aborted(stopping.signal);
    await reader.close();
  } else {
    // Here, since the firewall's reader speaks with no bot and shall not carry what does.
    const { startAgent } = await import('../agent/start.ts');
    const agent = await startAgent(config, {
      version: packageJson.version,
      env: process.env,
      clock: systemClock.now,
      log,
    });
    log.info({ cluster: config.cluster, role: config.role, instance: config.instance }, 'the agent runs');
    await Promise.race([aborted(stopping.signal), agent.ended]);
    await agent.stop();
  }
  log.info({}, 'the agent has stopped');
} catch (error) {
  log.error({ error }, 'the agent can not go on');
  process.exitCode = 1;
}
