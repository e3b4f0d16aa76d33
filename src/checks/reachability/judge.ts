import type { Finding } from '../../words/evidence.ts';
import type { ProbePath, ProbeResult } from '../../words/probe.ts';
import type { Vantage, VantageKind } from '../../words/vantage.ts';
import type { JudgeInput } from '../contract.ts';
import type { ReachabilityFacts, ReachabilityParams } from './contract.ts';
import { certificateDetails, PATH_WORDS, placeOf, probeDetail } from './probe-words.ts';

/**
 * The endpoint that clients use decides. From a pod or node every other way must work as well, save the cluster's DNS;
 * from outside the cluster's inner addresses need not lead anywhere. A server that can't be identified because no CA
 * was learned is still reached: `ok`, and the reason says what is unproven. From where this was seen stands beside the
 * reason wherever it is shown.
 */
export function judgeReachability(input: JudgeInput<ReachabilityParams, ReachabilityFacts>): Finding {
  const { facts, vantage, nowAt } = input;
  const details = [...facts.results.map(probeDetail), ...certificateDetails(facts.results, nowAt)];
  const ways = waysOf(facts.results);
  const found = (verdict: Finding['verdict'], ...sentences: string[]): Finding => ({
    verdict,
    reason: sentences.filter((sentence) => sentence !== '').join(' '),
    details,
  });

  if (ways.length === 0) {
    return found('unknown', 'No address of the API server is known here, so none was tried: give its URL.');
  }
  if (ways.every((way) => way.answering.length === 0)) {
    return found('problem', `No way to the API server works: ${failures(ways)}.`, ownPolicyCaveat(ways, vantage));
  }

  const entries = ways.filter(({ path }) => ENTRIES.includes(path));
  const named = entries.filter(({ path }) => path === 'endpoint');
  const main = named.length > 0 ? named : entries;
  const rest = ways.filter((way) => !main.includes(way));
  const trouble = rest.filter((way) => way.failing.length > 0 && matters(way, vantage.kind));
  const aside = rest.filter((way) => way.failing.length > 0 && !matters(way, vantage.kind));

  if (main.some((way) => way.failing.length > 0)) {
    return found('problem', mainTrouble(main, rest), hairpinCaveat(main, rest, vantage), unproven(ways));
  }
  if (trouble.length > 0) {
    return found(
      'problem',
      main.length > 0
        ? `${listOf(main)} ${works(main)}, but not every other way: ${failures(trouble)}.`
        : `${capital(failures(trouble))}.`,
      trouble.some(({ path }) => path === 'api-server-address') ? 'A balancer may send some clients there.' : '',
      unproven(ways),
    );
  }
  if (main.length === 0) {
    const working = ways.filter((way) => way.answering.length > 0);
    return found(
      'unknown',
      `${listOf(working)} ${works(working)}, but the endpoint that clients use is not known: give its URL.`,
      unproven(ways),
    );
  }
  return found(
    'ok',
    `${listOf(main)} ${works(main)}${soDo(rest)}.`,
    familyCaveat(ways),
    aside.length === 0 ? '' : `Only aside: ${failures(aside)}.`,
    unproven(ways),
  );
}

/** Ways that clients come in by. */
const ENTRIES: readonly ProbePath[] = ['endpoint', 'cluster-info', 'kubeadm-config'];

/** All that was tried for one host and port. */
interface Way {
  readonly path: ProbePath;
  readonly place: string;
  readonly answering: readonly ProbeResult[];
  readonly failing: readonly ProbeResult[];
  /** Addresses of a family that this vantage has no way out for, while another way in is there. */
  readonly untried: readonly ProbeResult[];
}

function waysOf(results: readonly ProbeResult[]): Way[] {
  const lame = ([4, 6] as const).filter((family) => {
    const ofFamily = results.filter((result) => familyOf(result) === family);
    return ofFamily.length > 0 && ofFamily.every(({ failure }) => failure?.kind === 'networkUnreachable');
  });
  const somethingAnswers = results.some(({ failure }) => failure === null);
  return Array.from(Map.groupBy(results, placeOf), ([place, tried]) => {
    const path = tried[0]?.target.path ?? 'endpoint';
    const answering = tried.filter(({ failure }) => failure === null);
    const failed = tried.filter(({ failure }) => failure !== null);
    const spared = ENTRIES.includes(path) ? answering.length > 0 : somethingAnswers;
    const isUntried = (result: ProbeResult) => spared && lame.some((family) => family === familyOf(result));
    return {
      path,
      place,
      answering,
      failing: failed.filter((result) => !isUntried(result)),
      untried: failed.filter(isUntried),
    };
  });
}

function familyOf({ address }: ProbeResult): 4 | 6 | null {
  if (address === null) return null;
  return address.includes(':') ? 6 : 4;
}

/** Does it say anything of the API server when this way, which isn't the clients' own, fails? */
function matters(way: Way, from: VantageKind): boolean {
  if (from === 'outside') return false;
  // The name alone failing is the cluster's DNS, not the API server.
  return !(way.path === 'service-dns' && way.failing.every(({ failure }) => failure?.phase === 'resolve'));
}

function mainTrouble(main: readonly Way[], rest: readonly Way[]): string {
  const failing = main.filter((way) => way.failing.length > 0);
  const partly = failing.filter((way) => way.answering.length > 0);
  if (partly.length > 0) {
    const words = partly.map(({ place, answering, failing: bad }) => {
      const families = new Set(bad.map(familyOf));
      const answeringFamilies = new Set(answering.map(familyOf));
      const byFamily =
        families.size === 1 &&
        answeringFamilies.size === 1 &&
        [...families].every((family) => !answeringFamilies.has(family));
      const half = byFamily
        ? `works over IPv${[...answeringFamilies][0]} only`
        : `works at ${addresses(answering)} only`;
      return `${place} ${half}`;
    });
    return `${words.join(', ')}: ${failures(failing)}. Clients that take the other address fail.`;
  }
  const working = main.filter((way) => way.failing.length === 0);
  const others = rest.filter((way) => way.answering.length > 0);
  const but =
    working.length > 0
      ? ` Yet ${listOf(working)} ${works(working)}.`
      : others.length > 0
        ? ` The API server does answer from here by ${others
            .map(({ path, place }) => `${PATH_WORDS[path]} ${place}`)
            .slice(0, 2)
            .join(' and ')}: it is the way to the endpoint that fails.`
        : '';
  return `${listOf(failing)} can not be used: ${failures(failing)}.${but}`;
}

/** An NLB that preserves client addresses drops what its own targets send through it: a timeout that clients outside don't see. */
function hairpinCaveat(main: readonly Way[], rest: readonly Way[], { kind }: Vantage): string {
  const answersDirectly = rest.some(({ path, answering }) => !ENTRIES.includes(path) && answering.length > 0);
  if (kind === 'outside' || !onlyDropped(main) || !answersDirectly) return '';
  return 'For clients outside this is inconclusive: a balancer that keeps client addresses (as an AWS NLB can) times out for its own targets too.';
}

function ownPolicyCaveat(ways: readonly Way[], { kind }: Vantage): string {
  return kind === 'pod' && onlyDropped(ways) ? "A NetworkPolicy on the agent's own pod would look the same." : '';
}

/** Is every failure one of packets that nobody answers? */
function onlyDropped(ways: readonly Way[]): boolean {
  const failing = ways.flatMap((way) => way.failing);
  return failing.every(({ failure }) => failure?.kind === 'timeout' && failure.phase === 'connect');
}

function familyCaveat(ways: readonly Way[]): string {
  const families = new Set(ways.flatMap(({ untried }) => untried.map(familyOf)));
  return families.size === 0 ? '' : `IPv${[...families][0]} could not be tried: nothing leads out over it from here.`;
}

function unproven(ways: readonly Way[]): string {
  const nameless = ways.some(({ answering }) => answering.some(({ byClusterCa }) => byClusterCa === null));
  return nameless ? "Who answers is unproven: the cluster's CA has not been learned." : '';
}

const SHOWN = 2;

function failures(ways: readonly Way[]): string {
  const messages = [...new Set(ways.flatMap(({ failing }) => failing.map(({ failure }) => failure?.message ?? '')))];
  const more = messages.length - SHOWN;
  return messages.slice(0, SHOWN).join('; and ') + (more > 0 ? `; and ${more} more` : '');
}

function listOf(ways: readonly Way[]): string {
  const more = ways.length - SHOWN;
  return (
    ways
      .slice(0, SHOWN)
      .map(({ place }) => place)
      .join(' and ') + (more > 0 ? ` and ${more} more` : '')
  );
}

function works(ways: readonly Way[]): string {
  const answers = ways.flatMap(({ answering }) => answering);
  const statuses = [...new Set(answers.map(({ httpStatus }) => httpStatus))].join(', ');
  const slowest = Math.max(...answers.map(({ tookMs }) => Math.round(tookMs)));
  const proven = answers.every(({ good }) => good) ? ", TLS by the cluster's CA" : '';
  return `${ways.length === 1 ? 'answers' : 'answer'} (HTTP ${statuses} in ${slowest} ms${proven})`;
}

function soDo(others: readonly Way[]): string {
  const working = others.filter((way) => way.answering.length > 0).length;
  if (working === 0) return '';
  return working === 1 ? ', and so does 1 other way' : `, and so do ${working} other ways`;
}

function addresses(results: readonly ProbeResult[]): string {
  return results.map(({ address }) => address).join(', ');
}

/** Only a failure's own words may begin in lower case. */
function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
