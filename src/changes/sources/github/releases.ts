import { z } from 'zod';
import { atOf, Login, Time } from './fields.ts';
import { type Looking, type Part, reaches } from './part.ts';
import { quoted, type Told, withinSecond } from './tell.ts';

const Release = z.object({
  id: z.number().int(),
  tag_name: z.string(),
  name: z.string().nullish(),
  draft: z.boolean(),
  prerelease: z.boolean(),
  published_at: Time.nullish(),
  author: Login,
  html_url: z.string(),
});
type Release = z.infer<typeof Release>;

/** One page, the newest: who publishes a draft that lies a hundred releases back is not found. */
const perPage = 100;

export async function readReleases({ gitHub, settings, stretch, signal }: Looking): Promise<Part> {
  const { owner, name: repo } = settings.repository;
  const answer = await gitHub.get(
    {
      what: 'releases',
      permission: 'Contents',
      url: gitHub.rest.repos.listReleases.endpoint({ owner, repo, per_page: perPage }).url,
      schema: z.array(Release),
    },
    signal,
  );
  if (answer.kind === 'failed') return { told: [], failures: [answer.failure] };
  return { told: answer.value.value.flatMap(toldOf).filter((one) => reaches(one, stretch)), failures: [] };
}

function toldOf(release: Release): readonly Told[] {
  if (release.draft || release.published_at == null) return [];
  const name =
    release.name == null || release.name === '' || release.name === release.tag_name ? '' : ` ${quoted(release.name)}`;
  return [
    {
      key: `release:${release.id}`,
      category: 'maintenance',
      ...withinSecond(atOf(release.published_at)),
      actor: release.author?.login ?? null,
      action: 'create',
      kind: 'release',
      name: ` ${release.tag_name}`,
      summary: `${release.prerelease ? 'Pre-release' : 'Release'} ${release.tag_name}${name} was published`,
      diff: [],
      link: release.html_url,
    },
  ];
}
