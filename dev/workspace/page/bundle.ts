import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** What the browser is given, by path. */
export type Bundle = Readonly<Record<'/' | '/client.js' | '/style.css' | '/icon.svg', Asset>>;

interface Asset {
  readonly type: string;
  readonly body: string;
}

const client = join(import.meta.dirname, 'client');

/** Bundles the browser's side anew from its sources: a fraction of a second, and nothing built lies about. */
export async function bundleClient(): Promise<Bundle> {
  const [html, css, icon, script] = await Promise.all([
    readFile(join(client, 'index.html'), 'utf8'),
    readFile(join(client, 'style.css'), 'utf8'),
    readFile(join(client, 'icon.svg'), 'utf8'),
    bundleScript(),
  ]);
  return {
    '/': { type: 'text/html; charset=utf-8', body: html },
    '/client.js': { type: 'text/javascript; charset=utf-8', body: script },
    '/style.css': { type: 'text/css; charset=utf-8', body: css },
    '/icon.svg': { type: 'image/svg+xml', body: icon },
  };
}

async function bundleScript(): Promise<string> {
  const bundle = await rolldown({
    input: join(client, 'main.tsx'),
    platform: 'browser',
    tsconfig: join(client, 'tsconfig.json'),
  });
  try {
    const { output } = await bundle.generate({ format: 'esm', minify: true });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}
