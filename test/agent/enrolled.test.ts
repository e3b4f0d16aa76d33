import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withEnrolment } from '../../src/agent/enrolled.ts';
import { enrolmentFile } from '../../src/link/enrolment.ts';
import { makeKeyPair } from '../../src/link/keys.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apidown-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('the enrolment file tells what the environment leaves open, and nothing it has set', async () => {
  const file = join(folder, 'enrolment.yaml');
  const { privateKeyPem } = makeKeyPair();
  await writeFile(file, enrolmentFile({ cluster: 'prod', role: 'node', botUrl: 'https://bot.example', privateKeyPem }));
  expect(await withEnrolment({ APIDOWN_KEY_FILE: file, APIDOWN_CLUSTER: ' ' })).toMatchObject({
    APIDOWN_CLUSTER: 'prod',
    APIDOWN_ROLE: 'node',
    APIDOWN_BOT_URL: 'https://bot.example',
  });
  expect(await withEnrolment({ APIDOWN_KEY_FILE: file, APIDOWN_BOT_URL: 'https://other.example' })).toMatchObject({
    APIDOWN_BOT_URL: 'https://other.example',
  });
});

test.each([{}, { APIDOWN_KEY_FILE: '/nowhere/enrolment.yaml' }])(
  'without a readable file the environment stands: %o',
  async (env) => {
    expect(await withEnrolment(env)).toEqual(env);
  },
);
