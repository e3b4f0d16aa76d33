import type { DoctorCheck } from './check.ts';
import { agents } from './checks/agents.ts';
import { channels } from './checks/channels.ts';
import { clocks } from './checks/clocks.ts';
import { configuration } from './checks/configuration.ts';
import { database } from './checks/database.ts';
import { endpoints } from './checks/endpoints.ts';
import { grants } from './checks/grants.ts';
import { hubTls } from './checks/hub-tls.ts';
import { postmortems } from './checks/postmortems.ts';
import { theRunningBot } from './checks/running-bot.ts';
import { slackRequests } from './checks/slack-requests.ts';
import { slackScopes } from './checks/slack-scopes.ts';
import { slackTokens } from './checks/slack-tokens.ts';
import { sources } from './checks/sources.ts';
import { vantage } from './checks/vantage.ts';
import { versions } from './checks/versions.ts';

/** All that `apidown doctor` looks at, in the order in which it is told. */
export const doctorChecks: readonly DoctorCheck[] = [
  configuration,
  versions,
  database,
  slackTokens,
  slackScopes,
  slackRequests,
  channels,
  grants,
  theRunningBot,
  hubTls,
  agents,
  endpoints,
  vantage,
  clocks,
  sources,
  postmortems,
];
