import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploy } from '../../dev/demo/deployment.ts';
import type { Knows } from '../../dev/demo/knows.ts';
import { createNarrator } from '../../dev/demo/narrator.ts';
import { createPerson, type Person } from '../../dev/demo/person.ts';
import { createProcesses, type Processes } from '../../dev/demo/processes.ts';
import { type StandInCluster, startCluster } from '../../dev/stand-in/cluster.ts';
import { startWorkspace, type Workspace } from '../../dev/workspace/workspace.ts';

const ana = { id: 'U0ANA', name: 'ana', realName: 'Ana', tz: 'Europe/Berlin' };
const incidents = { id: 'C0INCIDENTS', name: 'incidents' };

/** The demo's world with the product deployed in it, and somebody who works in its channel. */
export interface Stand {
  readonly cluster: StandInCluster;
  readonly knows: Knows;
  readonly workspace: Workspace;
  readonly person: Person;
  readonly processes: Processes;
  /** Everything that the person did and saw, for when something fails. */
  told(): string;
  close(): Promise<void>;
}

export async function startStand(): Promise<Stand> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-demo-'));
  const processes = createProcesses();
  const cluster = await startCluster(folder);
  const workspace = await startWorkspace({
    manifest: await readFile(new URL('../../app-manifest.yml', import.meta.url), 'utf8'),
    users: [ana],
    channels: [incidents],
  });
  let knows: Knows | null = null;
  const close = async () => {
    await processes.stop();
    await knows?.close();
    await workspace.close();
    await cluster.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    knows = await deploy({ folder, cluster, workspace, channel: incidents.id, processes });
  } catch (error) {
    const tails = processes.tails();
    await close();
    throw new Error(`The demo could not be deployed:\n${tails}`, { cause: error });
  }
  const lines: string[] = [];
  const narrator = createNarrator({ write: (text) => void lines.push(text) }, {});
  const { signal } = processes;
  const person = createPerson({ workspace, user: ana, channel: incidents.id, narrator, signal });
  return { cluster, knows, workspace, person, processes, told: () => lines.join(''), close };
}
