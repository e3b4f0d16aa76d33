import { Octokit } from '@octokit/rest';
import { createEmulator } from 'emulate';

/** A GitHub that was written by others and keeps state, on loopback, with repositories that announce work in issues. */
export interface StandInGitHub {
  readonly baseUrl: string;
  readonly token: string;
  /** An issue that announces work, as Upptime has them. Epoch ms. */
  announce(work: Work): Promise<Announced>;
  close(): Promise<void>;
}

interface Work {
  readonly repository: string;
  readonly title: string;
  readonly fromAt: number;
  readonly toAt: number;
}

interface Announced {
  /** The issue is closed; it is still told of. */
  end(): Promise<void>;
  /** And it is not told of any more, since it loses its label. */
  forget(): Promise<void>;
}

const token = 'github_pat_11ABCDEFG0thetokenthatnobodymaysee';
const label = 'maintenance';

export async function startGitHub(owner: string, repositories: readonly string[]): Promise<StandInGitHub> {
  const emulator = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { [token]: { login: owner, scopes: ['repo'] } },
      github: {
        users: [{ login: owner }],
        repos: repositories.map((name) => ({ owner, name, private: true, auto_init: true })),
      },
    },
  });
  const baseUrl = emulator.url.replace('localhost', '127.0.0.1');
  const person = new Octokit({ baseUrl, auth: token });
  for (const repo of repositories) {
    await person.rest.issues.createLabel({ owner, repo, name: label, color: 'f29513' });
  }
  return {
    baseUrl,
    token,
    async announce({ repository: repo, title, fromAt, toAt }) {
      const [start, end] = [fromAt, toAt].map((at) => new Date(at).toISOString());
      const body = `<!--\nstart: ${start}\nend: ${end}\n-->`;
      const { data } = await person.rest.issues.create({ owner, repo, title, body, labels: [label] });
      const issue = { owner, repo, issue_number: data.number, state: 'closed' } as const;
      return {
        end: async () => void (await person.rest.issues.update(issue)),
        forget: async () => void (await person.rest.issues.update({ ...issue, labels: [] })),
      };
    },
    close: () => emulator.close(),
  };
}
