import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AwsStage, never, stage } from './stage.ts';

let on: AwsStage;
beforeEach(async () => {
  on = await stage();
});
afterEach(() => on.close());

test('smoke', async () => {
  const current = await on.source.currentModel('prod', never);
  console.log(JSON.stringify(current, null, 1));
  console.log(on.aws.asked.map(({ action }) => action));
  expect(current.kind).toBe('model');
});
