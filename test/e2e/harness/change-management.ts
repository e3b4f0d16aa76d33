import { startGitHub } from '../../../dev/stand-in/git-hub.ts';
import type { Undo } from './faults.ts';

/** A GitHub on loopback with a repository that announces work. */
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
const [infra, other] = ['infra', 'decoy-website'] as const;
const minute = 60_000;

export async function startChangeManagement(): Promise<ChangeManagement> {
  const gitHub = await startGitHub(owner, [infra, other]);
  return {
    baseUrl: gitHub.baseUrl,
    repository: `${owner}/${infra}`,
    token: gitHub.token,
    async announce(title, fromAt, toAt) {
      const { forget } = await gitHub.announce({ repository: infra, title, fromAt, toAt });
      return forget;
    },
    async decoys() {
      const nowAt = Date.now();
      const around = { fromAt: nowAt - 10 * minute, toAt: nowAt + 10 * minute };
      const elsewhere = await gitHub.announce({ repository: other, title: 'decoy: new fonts', ...around });
      const later = { fromAt: nowAt + 10 * minute, toAt: nowAt + 20 * minute };
      const calledOff = await gitHub.announce({ repository: infra, title: 'decoy: new switches', ...later });
      await calledOff.end();
      return async () => {
        await elsewhere.forget();
        await calledOff.forget();
      };
    },
    close: gitHub.close,
  };
}
