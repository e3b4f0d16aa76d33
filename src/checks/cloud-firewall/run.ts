import { setImmediate as breathe } from 'node:timers/promises';
import { judgeWay, type WayStep, type WayVerdict } from '../../packet/cloud/judge-way.ts';
import type { CloudModel, CloudWay } from '../../packet/cloud/model.ts';
import { wayWords } from '../../packet/cloud/way-words.ts';
import type { CheckRunner } from '../contract.ts';
import type { ResolveHost } from '../endpoint/resolve.ts';
import {
  type CloudFirewallFacts,
  type CloudFirewallParams,
  type CloudJudged,
  cloudFirewall,
  type Walk,
} from './contract.ts';
import { waysAt } from './entry.ts';
import { liveFrom } from './live.ts';
import type { CloudAccount, CloudPort } from './port.ts';

export interface CloudFirewallNeeds {
  readonly cluster: string;
  readonly cloud: CloudPort;
  readonly resolve: ResolveHost;
  /** Epoch ms. */
  readonly clock: () => number;
}

const everyone = ['0.0.0.0/0', '::/0'];
/** As many as facts hold. */
const most = { walks: 8, ids: 16, steps: 64, walked: 8, accounts: 32, troubles: 32 } as const;

/** Reads the accounts once, then walks every source along every way in. */
export function cloudFirewallRunner(needs: CloudFirewallNeeds): CheckRunner<CloudFirewallParams, CloudFirewallFacts> {
  const { cluster, cloud, resolve, clock } = needs;
  return {
    contract: cloudFirewall,
    async run({ sources, entry }, signal) {
      const [{ accounts }, looked] = await Promise.all([
        cloud.read(cluster, signal),
        entry === null || entry.addresses.length > 0 ? null : resolve(entry.host, signal),
      ]);
      const known = accounts.flatMap(placesOf);
      const ways = waysAt(known, entry && looked ? { ...entry, addresses: looked.addresses } : entry);
      const facts = {
        ...(await judgeAll(sources, ways, signal)),
        accounts: accounts
          .slice(0, most.accounts)
          .map(({ name, model }) => ({ name, ways: model?.ways.length ?? 0, readAt: model?.readAt ?? null })),
        waysIn: ways.length,
        elsewhere: known.length - ways.length,
        troubles: accounts
          .flatMap(({ name, troubles }) => troubles.map((words) => `${name}: ${words}`))
          .slice(0, most.troubles),
      };
      return {
        facts,
        asOfAt: liveFrom(
          ways.map(({ model }) => model.readAt),
          clock(),
        ),
      };
    },
  };
}

async function judgeAll(
  sources: readonly string[],
  ways: readonly Place[],
  signal: AbortSignal,
): Promise<Pick<CloudFirewallFacts, 'judged' | 'leftOut' | 'walked'>> {
  if (ways.length === 0) return { judged: [], leftOut: [], walked: [] };
  const outcomes: Outcome[] = [];
  for (const source of sources.length > 0 ? sources : everyone) {
    outcomes.push(judgeSource(source, ways));
    // Many sources along many ways take a while, in the process that does everything else.
    await breathe(undefined, { signal });
  }
  const judged = outcomes.flatMap((one) => (one.kind === 'judged' ? [one] : []));
  return {
    judged: judged.map(({ source, walked }) => ({
      source,
      walks: walked.slice(0, most.walks).map(({ walk }) => walk),
      ways: countsOf(walked.map(({ walk }) => walk)),
    })),
    leftOut: outcomes.flatMap((one) => (one.kind === 'leftOut' ? [{ source: one.source, why: one.why }] : [])),
    walked: judged
      .flatMap(({ source, walked }) => walked.map((one) => ({ ...one, source })))
      .toSorted((a, b) => rank(a.walk) - rank(b.walk))
      .slice(0, most.walked)
      .map(({ source, walk, steps }) => ({
        source,
        account: walk.account,
        steps: steps.slice(0, most.steps).map(stepOf),
      })),
  };
}

/** A way with the account that knows it. */
interface Place extends Pick<CloudWay, 'addresses' | 'port'> {
  readonly way: CloudWay;
  readonly model: CloudModel;
  readonly account: CloudAccount;
}

function placesOf(account: CloudAccount): Place[] {
  const { model } = account;
  if (model === null) return [];
  return model.ways.map((way) => ({ addresses: way.addresses, port: way.port, way, model, account }));
}

type Outcome =
  | {
      readonly kind: 'judged';
      readonly source: string;
      /** The worst first. */
      readonly walked: readonly { readonly walk: Walk; readonly steps: readonly WayStep[] }[];
    }
  | { readonly kind: 'leftOut'; readonly source: string; readonly why: string };

function judgeSource(source: string, ways: readonly Place[]): Outcome {
  const verdicts = ways.map(({ way, model, account }) => ({ model, account, verdict: judgeWay(model, way, source) }));
  // A way of another IP version is not its own, and one that it comes to under another address can't be judged by this one.
  const own = verdicts.filter(({ verdict }) => verdict.decides?.what !== 'address');
  if (own.length === 0) {
    return { kind: 'leftOut', source, why: verdicts[0]?.verdict.decides?.why ?? 'the address it arrives as' };
  }
  const walked = own.map(({ model, account, verdict }) => ({
    walk: walkOf(verdict, model, account),
    steps: verdict.steps,
  }));
  return { kind: 'judged', source, walked: walked.toSorted((a, b) => rank(a.walk) - rank(b.walk)) };
}

function stepOf({ at, what, verdict, rule, why }: WayStep) {
  return { at, what, verdict, rule, why };
}

function countsOf(walks: readonly Walk[]): CloudJudged['ways'] {
  const of = (verdict: Walk['verdict']) => walks.filter((walk) => walk.verdict === verdict).length;
  return { allow: of('allow'), deny: of('deny'), unknown: of('unknown') };
}

const ranks: Readonly<Record<Walk['verdict'], number>> = { deny: 0, unknown: 1, allow: 2 };

function rank({ verdict }: Walk): number {
  return ranks[verdict];
}

function walkOf(verdict: WayVerdict, model: CloudModel, { name, recent }: CloudAccount): Walk {
  const { client, decides, parts } = verdict;
  const words = wayWords(verdict).replace(/ → replies allowed$/, ', and so are the replies');
  const ids = decides === null ? [] : idsIn(decides, model);
  return {
    account: name,
    verdict: verdict.verdict,
    words: words.startsWith(client) ? words.slice(client.length).trim() : words,
    split: new Set(parts.filter(({ counts }) => counts).map((part) => part.verdict)).size > 1,
    by: kindOf(decides),
    ids: ids.slice(0, most.ids),
    changed: verdict.verdict === 'deny' ? (recent.find(({ id }) => ids.includes(id))?.words ?? null) : null,
  };
}

function kindOf(decides: WayStep | null): Walk['by'] {
  if (decides?.what === 'health') return 'targets';
  return decides?.what === 'route on' || decides?.what === 'route back' ? 'routes' : 'rules';
}

/** What the step that decides is about, by the cloud's own ids; of a provider's endpoint by its name. */
function idsIn({ at, what, rule, why }: WayStep, { groups, acls, tables, prefixLists }: CloudModel): string[] {
  if (what === 'access list') return [at.replace(/:\d+$/, '').split(' ').at(-1) ?? at];
  const named = new Set(`${rule ?? ''} ${why ?? ''}`.split(/[^\w-]+/));
  const rules = Object.values(groups).flatMap(({ ingress, egress }) =>
    [...ingress, ...egress].map(({ id }) => id ?? ''),
  );
  const known = [groups, acls, tables, prefixLists].flatMap((table) => Object.keys(table));
  return [...new Set([...known, ...rules])].filter((id) => named.has(id));
}
