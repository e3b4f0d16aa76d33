import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readAgentConfig, renderMistakes } from '../../src/agent/config.ts';

const LEAST = {
  APIDOWN_BOT_URL: 'https://bot.example.com',
  APIDOWN_CLUSTER: 'prod',
  APIDOWN_KEY_FILE: '/etc/apidown/enrolment.yaml',
};

const mistakesIn = (env: Record<string, string>, argv: readonly string[] = ['--role', 'node']) => {
  const answer = readAgentConfig(env, argv);
  if (answer.kind === 'ok') throw new Error('it should not have been taken');
  return answer.mistakes;
};

describe("an agent's configuration", () => {
  it('needs a role, a cluster, a bot and a key; the rest is as on a kubeadm node', () => {
    expect(readAgentConfig(LEAST, ['--role', 'node'])).toEqual({
      kind: 'ok',
      config: {
        kind: 'linked',
        role: 'node',
        cluster: 'prod',
        instance: hostname(),
        botUrl: 'https://bot.example.com',
        keyFile: '/etc/apidown/enrolment.yaml',
        botCaFile: null,
        allowPlain: false,
        stateDir: '/var/lib/apidown',
        spoolBytes: 64 * 1024 * 1024,
        kubeconfig: null,
        procDir: '/proc',
        manifestsDir: '/etc/kubernetes/manifests',
        podLogsDir: '/var/log/pods',
        containerLogsDir: '/var/log/containers',
        criStatusDir: null,
        pkiCaFile: '/etc/kubernetes/pki/ca.crt',
        firewallSocket: null,
      },
    });
  });

  it('takes the role from the environment too, and the command line before it', () => {
    const env = { ...LEAST, APIDOWN_ROLE: 'cluster' };
    expect(readAgentConfig(env, [])).toMatchObject({ config: { role: 'cluster' } });
    expect(readAgentConfig(env, ['--role=vantage'])).toMatchObject({ config: { role: 'vantage' } });
  });

  it('counts a variable set to nothing as not set', () => {
    const env = { ...LEAST, APIDOWN_STATE_DIR: '', APIDOWN_KUBECONFIG: ' ', APIDOWN_INSTANCE: '' };
    expect(readAgentConfig(env, ['--role', 'node'])).toMatchObject({
      config: { stateDir: '/var/lib/apidown', kubeconfig: null, instance: hostname() },
    });
  });

  it('needs only a socket for the firewall reader', () => {
    expect(
      readAgentConfig({ APIDOWN_FIREWALL_SOCKET: '/run/apidown/firewall.sock' }, ['--role', 'firewall-reader']),
    ).toEqual({
      kind: 'ok',
      config: { kind: 'firewall-reader', socket: '/run/apidown/firewall.sock' },
    });
    expect(mistakesIn({}, ['--role', 'firewall-reader']).map(({ key }) => key)).toEqual(['APIDOWN_FIREWALL_SOCKET']);
  });

  it('is told all its mistakes at once, each with its key, what stood there and what is expected', () => {
    const text = renderMistakes(
      mistakesIn(
        {
          APIDOWN_ROLE: 'boss',
          APIDOWN_BOT_URL: 'bot.example.com',
          APIDOWN_KEY_FILE: 'enrolment.yaml',
          APIDOWN_ALLOW_PLAIN: 'yes',
          APIDOWN_INSTANCE: 'a b',
          APIDOWN_SPOOL_MIB: '0',
        },
        [],
      ),
    );
    expect(text.split('\n').toSorted()).toEqual(
      [
        "The agent can't start; 7 mistakes in its environment:",
        '  APIDOWN_ALLOW_PLAIN: found "yes"; expected "true" or "false"',
        '  APIDOWN_BOT_URL: found "bot.example.com"; expected the URL of the bot, such as https://apidown.example.com',
        '  APIDOWN_CLUSTER: missing; expected the name of the cluster, as the bot knows it',
        '  APIDOWN_INSTANCE: found "a b"; expected the name of this node or pod',
        '  APIDOWN_KEY_FILE: found "enrolment.yaml"; expected the absolute path of the enrolment file that `apidown enroll` printed',
        '  APIDOWN_SPOOL_MIB: found "0"; expected a whole number of MiB, from 1 to 99999',
        '  APIDOWN_ROLE: found "boss"; expected one of cluster, node, vantage, firewall-reader',
      ].toSorted(),
    );
  });

  it('shows no secret that was put in the wrong place', () => {
    const env = { ...LEAST, APIDOWN_BOT_URL: 'ftp://user:hunter2@bot' };
    expect(JSON.stringify(mistakesIn(env))).not.toContain('hunter2');
  });

  it('takes nothing on the command line but a role', () => {
    expect(mistakesIn(LEAST, ['--roles', 'node'])[0]).toMatchObject({
      key: 'command line',
      found: expect.stringContaining('--roles'),
    });
  });
});
