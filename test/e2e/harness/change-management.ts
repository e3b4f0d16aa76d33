import { Octokit } from '@octokit/rest';
import { createEmulator } from 'emulate';
import type { Undo } from './faults.ts';

/** A GitHub that was written by others and keeps state, on loopback, with a repository that announces work. */
export interface ChangeManagement {
  readonly baseUrl: string;
  readonly repository: string;
  readonly token: string;
  /** An issue that announces it as Upptime does; closed when it is undone. Epoch ms. */
  announce(title: string, fromAt: number, toAt: number, repository?: string): Promise<Undo>;
  /** Work in a repository that nobody reads, and work that was called off. */
  decoys(): Promise<Undo>;
  close(): Promise<void>;
}

const owner = 'octocat';
const [infra, other] = ['infra', 'decoy-website'];
const token = 'github_pat_11ABCDEFG0thetokenthatnobodymaysee';
const label = 'maintenance';

export async function startChangeManagement(): Promise<ChangeManagement> {
  const emulator = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { [token]: { login: owner, scopes: ['repo'] } },
      github: {
        users: [{ login: owner }],
        repos: [infra, other].map((name) => ({ owner, name, private: true, auto_init: true })),
      },
    },
  });
  const person = new Octokit({ baseUrl: emulator.url, auth: token });
  for (const repo of [infra, other]) {
    await person.rest.issues.createLabel({ owner, repo, name: label, color: 'f29513' });
  }

  const announce: ChangeManagement['announce'] = async (title, fromAt, toAt, repo = infra) => {
    const [start, end] = [fromAt, toAt].map((at) => new Date(at).toISOString());
    const body = `<!--\nstart: ${start}\nend: ${end}\n-->`;
    const { data } = await person.rest.issues.create({ owner, repo, title, body, labels: [label] });
    const close = { owner, repo, issue_number: data.number, state: 'closed' } as const;
    // Nobody may read it any more: what is closed is still told of.
    return async () => void (await person.rest.issues.update({ ...close, labels: [] }));
  };

  return {
    baseUrl: emulator.url,
    repository: `${owner}/${infra}`,
    token,
    announce,
    async decoys() {
      const nowAt = Date.now();
      const elsewhere = await announce('decoy: new fonts', nowAt - 600_000, nowAt + 600_000, other);
      const title = 'decoy: new switches';
      const { data } = await person.rest.issues.create({
        owner,
        repo: infra,
        title,
        body: `<!--\nstart: ${new Date(nowAt + 600_000).toISOString()}\nend: ${new Date(nowAt + 1_200_000).toISOString()}\n-->`,
        labels: [label],
      });
      const issue = { owner, repo: infra, issue_number: data.number };
      await person.rest.issues.update({ ...issue, state: 'closed' });
      return async () => {
        await elsewhere();
        await person.rest.issues.update({ ...issue, labels: [] });
      };
    },
    close: () => emulator.close(),
  };
}
