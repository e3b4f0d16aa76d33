import { defineConfig } from 'vitest/config';

const projects = ['unit', 'architecture', 'e2e'] as const;

export default defineConfig({
  test: {
    projects: projects.map((name) => ({
      test: {
        name,
        include: {
          unit: ['test/**/*.test.ts'],
          architecture: ['test/architecture.test.ts'],
          e2e: ['test/e2e/**/*.e2e.ts'],
        }[name],
        testTimeout: name === 'e2e' ? 300_000 : 15_000,
        hookTimeout: name === 'e2e' ? 600_000 : 15_000,
        fileParallelism: name !== 'e2e',
      },
    })),
  },
});
