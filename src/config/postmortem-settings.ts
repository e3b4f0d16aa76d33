import { z } from 'zod';
import { Label, Repository } from './github-settings.ts';

/** `postmortem`: where postmortems go besides the thread. `file` resolves names of files, `url` takes an http(s) URL. */
export function postmortemSettings({
  file,
  url,
}: {
  readonly file: z.ZodType<string, string>;
  readonly url: z.ZodType<string, string>;
}) {
  const number = z.number().int().positive();
  const github = z
    .strictObject({
      repository: Repository,
      baseUrl: url.prefault('https://api.github.com'),
      tokenFile: file.nullable().default(null),
      app: z.strictObject({ id: number, installationId: number, keyFile: file }).nullable().default(null),
      labels: z.preprocess((value) => value ?? [], z.array(Label)),
    })
    .refine(({ tokenFile, app }) => (tokenFile === null) !== (app === null), { path: ['tokenFile'] });
  return z.strictObject({ github: github.nullable().default(null) });
}
