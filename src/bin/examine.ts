import { statfs } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { sourceKinds } from '../changes/sources/registry.ts';
import type { Pieces } from '../config/load.ts';
import type { Environment } from '../config/tokens.ts';
import { doctorChecks } from '../doctor/checks.ts';
import { type Examined, examine as examineAll, type Progress } from '../doctor/examine.ts';
import type { Clock } from '../ops/clock.ts';

/** All checks of the doctor, on this machine. */
export function examine(
  pieces: Pieces,
  { env, clock }: { readonly env: Environment; readonly clock: Clock },
  onProgress: (progress: Progress) => void,
): Promise<readonly Examined[]> {
  return examineAll(
    doctorChecks,
    {
      ...pieces,
      env,
      clock,
      version: packageJson.version,
      nodeVersion: process.versions.node,
      manifestFile: fileURLToPath(new URL('../../app-manifest.yml', import.meta.url)),
      podFolder: '/var/run/secrets/kubernetes.io/serviceaccount',
      freeBytesIn,
      sourceKinds,
    },
    onProgress,
  );
}

async function freeBytesIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
