import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { parse } from 'yaml';
import { loadSettings } from '../config/load.ts';
import { type ManifestWants, manifestFor } from '../slack/app-manifest.ts';
import { unusedScopes } from '../slack/scopes.ts';
import type { Call } from './command.ts';
import { EXIT } from './exit.ts';
import { takeLoaded } from './read-config.ts';

const template = new URL('../../app-manifest.yml', import.meta.url);

/** `apidown manifest`: the Slack app's manifest for this configuration. */
export function manifestCommand(call: Call): Command {
  return new Command('manifest')
    .description('print the manifest of the Slack app for this configuration, to paste at api.slack.com/apps')
    .option('--json', 'print it as JSON, which Slack takes as well')
    .action(async ({ json = false }: { json?: boolean }, command: Command) => {
      const { config: file } = command.optsWithGlobals<{ config: string }>();
      const settings = takeLoaded(call, file, await loadSettings({ file }), { json });
      if (settings === null) return;
      const { mode, http } = settings.slack;
      if (mode === 'http' && http.url === null) {
        call.note(
          'apidown: slack.mode is http, and slack.http.url is not set: Slack has to be told where it reaches the bot.\n',
        );
        call.exit(EXIT.wrong);
        return;
      }
      const wants: ManifestWants = mode === 'http' && http.url !== null ? { mode, url: http.url } : { mode: 'socket' };
      const manifest = manifestFor(await readFile(template, 'utf8'), wants, unusedScopes(settings));
      call.out(json ? `${JSON.stringify(parse(manifest))}\n` : manifest);
    });
}
