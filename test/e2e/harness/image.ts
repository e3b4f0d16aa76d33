import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from './exec.ts';
import { testbed } from './testbed.ts';

const root = join(import.meta.dirname, '../../..');
const cache = process.env.APIDOWN_E2E_CACHE ?? '/var/cache/apidown-e2e';
export const image = 'apidown:e2e';

/** Packs this checkout as it stands into an image and loads it into the testbed's containerd. */
export async function loadImage(name = image): Promise<void> {
  const modules = await productionModules();
  await output(
    testbed.script,
    [
      'load',
      name,
      '--entrypoint',
      '["/usr/local/bin/node","/app/src/bin/agent.ts"]',
      '--lib',
      `${join(root, 'node_modules/node/bin/node')}=/usr/local/bin/node`,
      ...['nft', 'iptables-save', 'ip6tables-save', 'iptables-legacy-save', 'ip6tables-legacy-save'].flatMap((name) => [
        '--lib',
        `/usr/sbin/${name}=/usr/sbin/${name}`,
      ]),
      '--add',
      `${await xtables()}=${await xtables()}`,
      '--add',
      `${join(root, 'src')}=/app/src`,
      '--add',
      `${join(root, 'package.json')}=/app/package.json`,
      '--add',
      `${modules}=/app/node_modules`,
    ],
    { timeoutMs: 5 * 60_000 },
  );
}

/** What `npm ci --omit=dev` installs, once for each lockfile. */
async function productionModules(): Promise<string> {
  const lock = await readFile(join(root, 'package-lock.json'));
  const folder = join(cache, createHash('sha256').update(lock).digest('hex').slice(0, 16));
  const modules = join(folder, 'node_modules');
  if (existsSync(modules)) return modules;
  const staging = `${folder}.staging`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) await cp(join(root, file), join(staging, file));
  await output('npm', ['ci', '--omit=dev', '--ignore-scripts', '--prefix', staging], { timeoutMs: 5 * 60_000 });
  await rm(folder, { recursive: true, force: true });
  await rename(staging, folder);
  return modules;
}

/** The folder of iptables' extensions, whose place depends on the architecture. */
async function xtables(): Promise<string> {
  const libraries = await output('dpkg', ['-L', 'iptables']);
  const folder = libraries.split('\n').find((line) => line.endsWith('/xtables'));
  if (folder === undefined) throw new Error('the package iptables brings no folder of extensions');
  return folder;
}
