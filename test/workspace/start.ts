import { readFileSync } from 'node:fs';
import { type Logger, LogLevel, WebClient } from '@slack/web-api';
import { afterEach, expect } from 'vitest';
import type { WorkspaceOptions } from '../../dev/workspace/options.ts';
import { startWorkspace, type Workspace } from '../../dev/workspace/workspace.ts';

export const manifest = readFileSync(new URL('fixtures/app-manifest.yml', import.meta.url), 'utf8');

const started: Workspace[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((workspace) => workspace.close()));
});

/** A workspace that closes with the test: two people, a channel with the app, one without, a private one without. */
export async function aWorkspace(options: Partial<WorkspaceOptions> = {}): Promise<Workspace> {
  const workspace = await startWorkspace({
    manifest,
    users: [
      { id: 'U1', name: 'ana', realName: 'Ana Lima', tz: 'America/Sao_Paulo' },
      { id: 'U2', name: 'bo', realName: 'Bo Ek', tz: 'Europe/Stockholm' },
    ],
    channels: [
      { id: 'C1', name: 'incidents' },
      { id: 'C2', name: 'elsewhere', hasApp: false },
      { id: 'C3', name: 'secret', isPrivate: true, hasApp: false, members: ['U1'] },
    ],
    // A busy machine is no violation; the tests of the deadlines set their own.
    ackDeadlineMs: 60_000,
    triggerLifeMs: 60_000,
    userGroups: [{ id: 'S1', handle: 'on-call', users: ['U1'] }],
    ...options,
  });
  started.push(workspace);
  return workspace;
}

/** A client that tries once and waits at most 5 s. */
export function aClient({ apiUrl, botToken }: Workspace, token = botToken): WebClient {
  return new WebClient(token, {
    slackApiUrl: apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 5000,
    logger: silence,
  });
}

/** Refusals are what these tests are about: no need to log them. */
const silence: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

/** The error code with which a call was refused. */
export async function refusal(call: Promise<unknown>): Promise<Readonly<Record<string, unknown>>> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error, 'the call should have been refused').toHaveProperty('data');
  return typeof error === 'object' && error !== null && 'data' in error ? { ...(error.data ?? {}) } : {};
}
