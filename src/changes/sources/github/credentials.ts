import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { createAppAuth, StrategyOptions } from '@octokit/auth-app';
import type { GitHubApp, GitHubSettings } from './settings.ts';

/** A file of theirs can't be used; the message says which, why, and what belongs there. No secret in it. */
export class CredentialsUnreadable extends Error {}

type AppAuth = ReturnType<typeof createAppAuth>;

/** What is shown to GitHub with each request. */
export interface Credentials {
  /** The value of `Authorization`. */
  authorization(): Promise<string>;
  /** It was refused: nothing that is kept of it counts any more. */
  forget(): void;
}

/**
 * Files are read anew each time, since secrets are rotated in place.
 * @param request what an App gets its tokens by: Octokit's own
 */
export function credentialsOf(
  { tokenFile, app }: Pick<GitHubSettings, 'tokenFile' | 'app'>,
  request: StrategyOptions['request'],
): Credentials {
  if (app !== null) return appWith(app, request);
  if (tokenFile === null) throw new RangeError('changes.github: neither tokenFile nor app is given');
  return tokenIn(tokenFile);
}

function tokenIn(file: string): Credentials {
  return {
    async authorization() {
      const token = (await read(file)).trim();
      if (!/^[\x21-\x7e]+$/.test(token))
        throw new CredentialsUnreadable(`${file} holds no token: write it there, on one line`);
      return `token ${token}`;
    },
    forget() {},
  };
}

/** An App signs with its key and is given tokens for an hour, which are kept for that long. */
function appWith({ id, installationId, keyFile }: GitHubApp, request: StrategyOptions['request']): Credentials {
  let kept: { readonly key: string; readonly app: Promise<AppAuth> } | null = null;

  async function appBy(key: string): Promise<AppAuth> {
    const { createAppAuth } = await import('@octokit/auth-app');
    return createAppAuth({ appId: id, privateKey: key, installationId, ...(request === undefined ? {} : { request }) });
  }

  return {
    async authorization() {
      const key = await read(keyFile);
      if (kept?.key !== key) {
        checkKey(key, keyFile);
        kept = { key, app: appBy(key) };
      }
      const app = await kept.app;
      const { token } = await app({ type: 'installation' });
      return `token ${token}`;
    },
    forget() {
      kept = null;
    },
  };
}

function checkKey(key: string, file: string): void {
  try {
    createPrivateKey(key);
  } catch (error) {
    throw new CredentialsUnreadable(`${file} holds no private key in PEM: save there what GitHub gave for the App`, {
      cause: error,
    });
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new CredentialsUnreadable(`${file} can't be read (${code}): it has to hold GitHub's credentials`, {
      cause: error,
    });
  }
}
