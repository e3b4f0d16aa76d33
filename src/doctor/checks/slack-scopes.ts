import { readFile } from 'node:fs/promises';
import { scopesIn } from '../../slack/app-manifest.ts';
import { unusedScopes } from '../../slack/scopes.ts';
import { askSlack, unanswered } from '../ask-slack.ts';
import type { DoctorCheck } from '../check.ts';
import { failed, notChecked, ok, warning } from '../finding.ts';

const ALL = 'the scopes of the bot token';

/** What the installed app was granted, against what the manifest of this configuration asks for. */
export const slackScopes: DoctorCheck = {
  id: 'slack-scopes',
  title: 'Slack scopes',
  withinMs: 20_000,
  async run(situation, signal) {
    const { settings, tokens, manifestFile } = situation;
    if (tokens.botToken === null) return [notChecked(ALL, 'there is no bot token', 'see the configuration above')];
    const all = scopesIn(await readFile(manifestFile, 'utf8'));
    const { result, scopes } = await askSlack(situation, tokens.botToken, 'auth.test', {}, signal);
    if (result.kind !== 'ok') return [unanswered(ALL, result)];
    if (scopes === null) return [notChecked(ALL, 'Slack did not tell them')];
    const unused = unusedScopes(settings);
    const lacking = all.filter(({ name }) => !scopes.includes(name) && !unused.includes(name));
    const needed = lacking.filter(({ optional }) => !optional);
    const strange = scopes.filter((scope) => !all.some(({ name }) => name === scope));
    return [
      ...(needed.length > 0 ? [] : [ok(ALL, 'all that are needed are granted')]),
      ...lacking.map(({ name, why, optional }) =>
        optional
          ? warning(`the scope ${name}`, `it is optional and not granted; it would serve: ${why}`, INSTALL)
          : failed(`the scope ${name}`, `it is not granted; it is needed for: ${why}`, INSTALL),
      ),
      ...strange.map((scope) => warning(`the scope ${scope}`, 'it is granted, and nothing uses it', INSTALL)),
    ];
  },
};

const INSTALL = 'put the manifest that `apidown manifest` prints under App Manifest of the app, then reinstall the app';
