import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Role } from '../../src/words/vantage.ts';
import { makeAuthority } from '../stand-in/certificates.ts';
import { routerPlace, type StandInCluster } from '../stand-in/cluster.ts';
import { addresses, gatewayLabels } from '../stand-in/objects.ts';
import type { Place } from '../stand-in/place.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type Knows, openKnows } from './knows.ts';
import type { Processes } from './processes.ts';

/** The name of the cluster in the bot's configuration, and what people type. */
export const clusterName = 'demo';

/** Where agents find it in the stand-in world. */
const botAddress = `${addresses.bot}:8443`;

/** Half a dozen programs start at once, maybe on a machine that is busy. */
const startMs = 120_000;

export interface DeploymentOptions {
  readonly folder: string;
  readonly cluster: StandInCluster;
  readonly workspace: Pick<Workspace, 'apiUrl' | 'botToken' | 'appToken'>;
  readonly channel: string;
  /** User ids of those who may investigate; everybody else may look. Everybody may when left out. */
  readonly investigators?: readonly string[];
  readonly processes: Processes;
}

/**
 * Deploys the product as one does for real: a configuration file, `apidown enroll` for each role, the bot outside, an
 * agent in the cluster and one on its node. Resolves when both are connected and the bot watches what they tell.
 */
export async function deploy(options: DeploymentOptions): Promise<Knows> {
  const { folder, cluster, workspace, channel, investigators, processes } = options;
  const tls = await botCertificate(folder);
  const config = join(folder, 'apidown.yaml');
  const storeFile = join(folder, 'apidown.db');
  const { cloud, gitHub } = cluster;
  await writeFile(join(folder, 'github-token'), gitHub.token, { mode: 0o600 });
  await writeFile(
    config,
    stringify({
      slack: { apiUrl: workspace.apiUrl },
      hub: { listen: '127.0.0.1:0', tls, url: `https://${botAddress}` },
      store: { file: storeFile },
      http: { listen: '127.0.0.1:0' },
      // Every 5 s would do; whoever looks on need not wait so long.
      outside: { probeEvery: '1s', reference: [routerPlace] },
      changes: {
        aws: [{ name: 'demo', region: cloud.region, endpointUrl: cloud.url }],
        github: [
          { repository: gitHub.repository, baseUrl: gitHub.baseUrl, tokenFile: 'github-token', read: ['issues'] },
        ],
      },
      clusters: {
        [clusterName]: {
          endpoint: cluster.endpoint,
          channels: [channel],
          sources: [addresses.clients],
          gateways: [{ namespace: 'edge', labels: gatewayLabels }],
        },
      },
      ...(investigators === undefined
        ? {}
        : { permissions: [{ may: ['view'] }, { may: ['investigate'], users: investigators }] }),
    }),
  );
  const bot = processes.start('bot', {
    file: 'src/bin/bot.ts',
    args: ['--config', config],
    env: { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken, ...cloud.env },
    place: cluster.places.outside,
  });
  const [clusterKey, nodeKey, up] = await Promise.all([
    enroll('cluster'),
    enroll('node'),
    bot.logged('the bot is up', startMs),
  ]);
  // Which port that really is, nobody knew before.
  const placeIn = (place: Place): Place => ({ ...place, ways: { ...place.ways, [botAddress]: Number(up.hub) } });
  const clusterAgent = processes.start('cluster agent', {
    file: 'src/bin/agent.ts',
    env: {
      ...(await agentEnv('cluster', 'apidown-cluster-0', clusterKey)),
      APIDOWN_KUBECONFIG: cluster.kubeconfigFile,
    },
    place: placeIn(cluster.places.pod),
  });
  const { node } = cluster;
  const nodeAgent = processes.start('node agent', {
    file: 'src/bin/agent.ts',
    env: {
      ...(await agentEnv('node', node.name, nodeKey)),
      APIDOWN_PROC_DIR: node.proc,
      APIDOWN_MANIFESTS_DIR: node.manifests,
      APIDOWN_POD_LOGS_DIR: node.podLogs,
      APIDOWN_CONTAINER_LOGS_DIR: node.containerLogs,
      APIDOWN_CRI_STATUS_DIR: node.criStatus,
      APIDOWN_PKI_CA_FILE: node.caFile,
      APIDOWN_FIREWALL_SOCKET: node.firewallSocket,
    },
    place: placeIn(cluster.places.node),
  });
  await Promise.all([
    clusterAgent.logged('Connected to the bot', startMs),
    nodeAgent.logged('Connected to the bot', startMs),
  ]);
  const knows = await openKnows({
    storeFile,
    cluster: clusterName,
    patienceMs: startMs,
    broken: processes.signal,
  });
  try {
    await knows.watches();
  } catch (error) {
    await knows.close();
    throw error;
  }
  return knows;

  function enroll(role: Role): Promise<string> {
    return processes.run(`apidown enroll (${role})`, {
      file: 'src/bin/apidown.ts',
      args: ['--config', config, 'enroll', clusterName, '--role', role, '--format', 'file'],
    });
  }

  async function agentEnv(role: Role, instance: string, enrolment: string): Promise<Record<string, string>> {
    const home = join(folder, `agent-${role}`);
    await mkdir(home);
    const key = join(home, 'enrolment.yaml');
    await writeFile(key, enrolment, { mode: 0o600 });
    return {
      APIDOWN_KEY_FILE: key,
      APIDOWN_INSTANCE: instance,
      APIDOWN_STATE_DIR: home,
    };
  }
}

async function botCertificate(folder: string): Promise<{ cert: string; key: string; ca: string }> {
  const authority = await makeAuthority('apidown demo CA');
  const leaf = await authority.issue({ commonName: 'apidown', names: [], addresses: [addresses.bot] });
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key'), ca: join(folder, 'ca.crt') };
  await writeFile(files.cert, leaf.certPem);
  await writeFile(files.key, leaf.keyPem, { mode: 0o600 });
  await writeFile(files.ca, authority.caPem);
  return files;
}
