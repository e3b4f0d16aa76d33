import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import ipaddr from 'ipaddr.js';
import { readTextFile } from '../../config/text-file.ts';
import { lookupAll } from '../../probe/lookup.ts';
import { parseEndpoint } from '../../words/endpoint.ts';
import { askBot } from '../ask-bot.ts';
import { certificatesIn } from '../certificates.ts';
import type { DoctorCheck, Situation } from '../check.ts';
import { type KnownCluster, knownClusters } from '../clusters.ts';
import { type Finding, failed, ok, warning } from '../finding.ts';
import { readStore } from '../open-store.ts';

const MOVE =
  'run the bot outside, or set outside.vantage: false and enroll an agent with the role vantage somewhere outside';

/** Does anybody see each API server as clients see it: from outside of its cluster and its network? */
export const vantage: DoctorCheck = {
  id: 'vantage',
  title: 'View from outside',
  withinMs: 15_000,
  async run(situation, signal) {
    const all = await knownClusters(situation);
    if (!situation.settings.outside.vantage) return vantageAgents(situation, signal);
    const pod = await insidePod(situation, all);
    const near = await Promise.all(all.map((known) => nearby(known, signal)));
    const found = [...pod, ...near.flat()];
    return found.length > 0
      ? found
      : [ok('the bot', 'nothing says that it is inside a cluster or network that it watches')];
  },
};

/** The bot says that it is inside: then others have to be outside. */
async function vantageAgents(situation: Situation, signal: AbortSignal): Promise<readonly Finding[]> {
  const names = Object.keys(situation.settings.clusters);
  const bot = await askBot(situation, signal);
  const seen = await readStore(situation, async ({ sessions }) => {
    const all = await Promise.all(names.map(async (name) => ({ name, agents: await sessions.list(name) })));
    return new Set(all.filter(({ agents }) => agents.some(({ role }) => role === 'vantage')).map(({ name }) => name));
  });
  const connected = bot.kind === 'answered' ? bot.value.agents : [];
  return names.map((name) => {
    const about = `cluster ${name}`;
    if (connected.some(({ cluster, role }) => cluster === name && role === 'vantage')) {
      return ok(about, 'a vantage agent is connected');
    }
    const mend = `apidown enroll ${name} --role vantage --format file, and run an agent with it outside of its network`;
    if (seen?.has(name)) {
      return bot.kind === 'answered'
        ? failed(
            about,
            'its vantage agent is not connected: nobody looks from outside',
            'start it, and look at its log',
          )
        : ok(about, 'a vantage agent has been seen');
    }
    return failed(about, 'the bot is inside (outside.vantage: false), and no vantage agent was ever seen', mend);
  });
}

async function insidePod({ env, podFolder }: Situation, all: readonly KnownCluster[]): Promise<readonly Finding[]> {
  if (!env.KUBERNETES_SERVICE_HOST) return [];
  const text = await readTextFile(join(podFolder, 'ca.crt'));
  if (text.kind === 'unreadable') {
    const words = 'it runs in a pod, and can’t tell of which cluster';
    return [warning('the bot', words, `if it is one that it watches: ${MOVE}`)];
  }
  const own = fingerprints(text.content);
  const here = all.filter(({ profile }) => fingerprints(profile.knowledge.caPem).some((each) => own.includes(each)));
  return here.map(({ profile: { name } }) =>
    failed(
      'the bot',
      `it runs in a pod of ${name}, which it watches: its probes don’t go the way that clients go`,
      MOVE,
    ),
  );
}

/** On the same wire there is no firewall, load balancer or security group in between. */
async function nearby({ profile, endpoint }: KnownCluster, signal: AbortSignal): Promise<readonly Finding[]> {
  if (endpoint === null) return [];
  const { host, port } = parseEndpoint(endpoint, 'configuration', 0);
  const addresses = ipaddr.isValid(host) ? [host] : await lookupAll(host, signal).catch(() => []);
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.flatMap((text): readonly Finding[] => {
    const address = ipaddr.process(text);
    const at = `${text}:${port}`;
    if (
      address.range() === 'loopback' ||
      own.some((each) => ipaddr.process(each.address).toString() === address.toString())
    ) {
      const words = `the API server of ${profile.name} is on this very machine (${at}): no client goes that way`;
      return [failed('the bot', words, MOVE)];
    }
    const shared = own.find(({ cidr }) => cidr !== null && covers(cidr, address));
    if (shared === undefined) return [];
    const words = `the API server of ${profile.name} (${at}) is in this machine's own network ${shared.cidr}: nothing that stands in clients’ way is seen from here`;
    return [warning('the bot', words, MOVE)];
  });
}

function covers(cidr: string, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const [range, bits] = ipaddr.parseCIDR(cidr);
  return range.kind() === address.kind() && range.range() !== 'loopback' && address.match([range, bits]);
}

function fingerprints(pem: string): readonly string[] {
  return certificatesIn(pem).map(({ fingerprint256 }) => fingerprint256);
}
