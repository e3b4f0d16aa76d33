import { z } from 'zod';
import { isTimeZone } from '../health/slots.ts';
import { ChangeCategory } from '../words/change.ts';

/** An entry of `changes.github`: one repository. `file` resolves names of files, `url` takes an http(s) URL, `cluster` a cluster's name. */
export function githubSettings(kinds: {
  readonly file: z.ZodType<string, string>;
  readonly url: z.ZodType<string, string>;
  readonly cluster: z.ZodType<string, string>;
}) {
  const { file, url, cluster } = kinds;
  const number = z.number().int().positive();
  return z
    .strictObject({
      repository: Repository,
      /** Empty: all. */
      clusters: list(cluster),
      baseUrl: url.prefault('https://api.github.com'),
      tokenFile: file.nullable().default(null),
      app: z.strictObject({ id: number, installationId: number, keyFile: file }).nullable().default(null),
      branch: z.string().min(1).max(255).nullable().default(null),
      read: list(Thing, [...Thing.options]),
      paths: list(Glob),
      categories: list(z.strictObject({ paths: z.array(Glob).min(1), category: ChangeCategory })),
      workflows: list(Glob),
      environments: list(z.string().min(1).max(255)),
      maintenance: section(z.strictObject({ labels: list(Label, ['maintenance']) })),
      planned: section(z.strictObject({ labels: list(Label, ['change', 'planned-change']) })),
      form: section(
        z.strictObject({
          start: list(Heading, ['Start', 'Start time']),
          end: list(Heading, ['End', 'End time']),
          timeZone: list(Heading, ['Time zone', 'Timezone']),
          clusters: list(Heading, ['Cluster', 'Clusters']),
        }),
      ),
      timeZone: z.string().refine(isTimeZone).default('UTC'),
    })
    .refine(({ tokenFile, app }) => (tokenFile === null) !== (app === null), { path: ['tokenFile'] });
}

const Thing = z.enum(['issues', 'pulls', 'commits', 'deployments', 'workflowRuns', 'releases']);

export const Repository = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-_]{0,99}\/[A-Za-z0-9._-]{1,100}$/)
  .transform((text) => {
    const [owner = '', name = ''] = text.split('/');
    return { owner, name };
  });

const Glob = z.string().min(1).max(300);

/** GitHub takes several in one text, with commas in between. */
export const Label = z.string().regex(/^[^,]{1,50}$/);

const Heading = z.string().min(1).max(100);

function list<T extends z.ZodType>(item: T, unlessGiven: z.output<T>[] = []) {
  return z.preprocess((value) => value ?? undefined, z.array(item).default(unlessGiven));
}

function section<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => value ?? {}, schema);
}
