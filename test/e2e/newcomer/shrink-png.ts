import { readFile, writeFile } from 'node:fs/promises';
import { init } from '@jsquash/oxipng/optimise.js';

/** How hard it tries, of 6. */
const level = 3;

/** Makes a PNG smaller, with every pixel as it is: Chromium writes them fast. */
export async function shrinkPng(file: string): Promise<void> {
  const codec = new URL(import.meta.resolve('@jsquash/oxipng/codec/pkg/squoosh_oxipng_bg.wasm'));
  const { optimise } = await init(await readFile(codec));
  await writeFile(file, optimise(await readFile(file), level, false, false));
}
