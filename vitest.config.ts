import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Scenarios that bring everything they need; the others share one control plane, the testbed. */
const alone = [
  'alert-rules',
  'aws',
  'cyclonus',
  'dns',
  'docs-commands',
  'haproxy',
  'journal-namespaces',
  'newcomer',
  'packet-kernel',
  'page',
  'probe-faults',
].map((name) => `test/e2e/${name}.e2e.ts`);
const slow = { testTimeout: 300_000, hookTimeout: 600_000, fileParallelism: false };
const quick = { testTimeout: 15_000, hookTimeout: 15_000 };

/** What plays in a world of its own takes minutes: begun last, it would leave a core without work. */
class WorldsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isWorld = ({ moduleId }: TestSpecification) => moduleId.includes('/test/demo/');
    const sorted = await super.sort(files);
    return [...sorted.filter(isWorld), ...sorted.filter((file) => !isWorld(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: WorldsFirst },
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.{ts,tsx}'], ...quick } },
      { test: { name: 'architecture', include: ['test/architecture.test.ts'], ...quick } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.e2e.ts'], exclude: alone, ...slow } },
      { test: { name: 'e2e-alone', include: alone, ...slow } },
    ],
    // Most of what tests do is wait; the usual number leaves a core of two without work.
    maxWorkers: '100%',
  },
});
