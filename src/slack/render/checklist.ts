import type { Role } from '../../words/vantage.ts';
import { named } from './words.ts';

/** A step of setting up: `todo` null when it is done for every cluster, else how to do it, and for which. mrkdwn. */
export interface ChecklistItem {
  readonly title: string;
  readonly todo: string | null;
}

/** What is known of how one cluster is set up. */
export interface ClusterSetUp {
  readonly name: string;
  /** Roles whose agents are expected; those on nodes are not where somebody else runs the control plane. */
  readonly roles: readonly { readonly role: Role; readonly isEnrolled: boolean; readonly isConnected: boolean }[];
  /** Is any vantage outside of it connected? */
  readonly hasOutside: boolean;
  /** Is any source outside of it configured? */
  readonly hasSources: boolean;
  readonly channels: readonly string[];
  /** null: not known where schedules are not kept. */
  readonly hasSchedule: boolean | null;
}

/** `joined`: channels that the app is in; null when that could not be looked up. Pure. */
export function checklistOf(clusters: readonly ClusterSetUp[], joined: readonly string[] | null): ChecklistItem[] {
  if (clusters.length === 0) return [];
  const missing = (lacks: (cluster: ClusterSetUp) => boolean) => clusters.filter(lacks).map(({ name }) => name);
  const unjoined =
    joined === null
      ? []
      : [...new Set(clusters.flatMap(({ channels }) => channels))].filter((id) => !joined.includes(id));
  const roles = (['cluster', 'node'] as const).flatMap((role) => {
    const lacks = (what: 'isEnrolled' | 'isConnected') => (cluster: ClusterSetUp) =>
      cluster.roles.some((one) => one.role === role && !one[what]);
    return [
      item(
        `${titles[role]} enrolled`,
        missing(lacks('isEnrolled')),
        (first) => `\`apidown enroll ${first} --role ${role}\``,
      ),
      item(
        `${titles[role]} connected`,
        missing(lacks('isConnected')),
        () => 'deploy `manifests/`; `apidown doctor` says why one does not connect',
      ),
    ];
  });
  return [
    ...roles,
    item(
      'A vantage outside',
      missing(({ hasOutside }) => !hasOutside),
      (first) =>
        `run the bot outside with \`outside.vantage: true\`, or an agent: \`apidown enroll ${first} --role vantage\``,
    ),
    item(
      'Sources of changes',
      missing(({ hasSources }) => !hasSources),
      () => 'name the cloud, load balancer or repository under `changes` in the configuration',
    ),
    item(
      'A channel',
      missing(({ channels }) => channels.length === 0),
      (first) => `list it under \`clusters.${first}.channels\``,
    ),
    ...(joined === null
      ? []
      : [
          {
            title: 'Me in every channel',
            todo:
              unjoined.length === 0
                ? null
                : `type \`/invite @apidown\` in ${unjoined
                    .slice(0, 10)
                    .map((id) => `<#${id}>`)
                    .join(', ')}${unjoined.length > 10 ? ` and ${unjoined.length - 10} more` : ''}`,
          },
        ]),
    ...(clusters.every(({ hasSchedule }) => hasSchedule === null)
      ? []
      : [
          item(
            'Health posts',
            missing(({ hasSchedule }) => hasSchedule === false),
            () => '`/apidown schedule` in its channel',
          ),
        ]),
  ];
}

const titles: Readonly<Record<'cluster' | 'node', string>> = {
  cluster: 'Agents in the clusters',
  node: 'Agents on control-plane nodes',
};

/** `how`: with the name of the first cluster that lacks it. */
function item(title: string, lacking: readonly string[], how: (first: string) => string): ChecklistItem {
  const [first] = lacking;
  if (first === undefined) return { title, todo: null };
  return { title, todo: `${how(first)} (${named(lacking, 5)})` };
}
