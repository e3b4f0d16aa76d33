import { Octokit } from '@octokit/rest';
import { createEmulator } from 'emulate';
import type { Undo } from './faults.ts';

/** A GitHub that was written by others and keeps state, on loopback, with a repository that announces work. */
export interface ChangeManagement {
  readonly baseUrl: string;
  readonly repository: string;
  readonly token: string;
  /** An issue that announces work. Epoch ms. */
  announce(title: string, fromAt: number, toAt: number): Promise<Undo>;
  /** Work in a repository that nobody reads, and work that was called off. */
  decoys(): Promise<Undo>;
  close(): Promise<void>;
}

const owner = 'octocat';
const [infra, other] = ['infra', 'decoy-website'];
const token = 'github_pat_11ABCDEFG0thetokenthatnobodymaysee';
const label = 'maintenance';
const minute = 60_000;

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

  /** As Upptime has it; returns the number of the issue. */
  async function open(repo: string, title: string, fromAt: number, toAt: number): Promise<number> {
    const [start, end] = [fromAt, toAt].map((at) => new Date(at).toISOString());
    const body = `<!--\nstart: ${start}\nend: ${end}\n-->`;
    const { data } = await person.rest.issues.create({ owner, repo, title, body, labels: [label] });
    return data.number;
  }

  const close = (repo: string, number: number) =>
    person.rest.issues.update({ owner, repo, issue_number: number, state: 'closed' });

  /** What was closed is told of as well, as long as it has the label. */
  const forget = async (repo: string, number: number) =>
    void (await person.rest.issues.update({ owner, repo, issue_number: number, state: 'closed', labels: [] }));

  return {
    baseUrl: emulator.url,
    repository: `${owner}/${infra}`,
    token,
    async announce(title, fromAt, toAt) {
      const number = await open(infra, title, fromAt, toAt);
      return () => forget(infra, number);
    },
    async decoys() {
      const nowAt = Date.now();
      const elsewhere = await open(other, 'decoy: new fonts', nowAt - 10 * minute, nowAt + 10 * minute);
      const calledOff = await open(infra, 'decoy: new switches', nowAt + 10 * minute, nowAt + 20 * minute);
      await close(infra, calledOff);
      return async () => {
        await forget(other, elsewhere);
        await forget(infra, calledOff);
      };
    },
    close: () => emulator.close(),
  };
}
