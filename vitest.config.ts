import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Files of one worker share what they import.
    isolate: false,
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/{fuzz,property,unit}/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/{browser,bucket,e2e,elasticsearch}/**/*.test.ts'],
          globalSetup: ['test/elasticsearch/globalSetup.ts'],
        },
      },
    ],
  },
});
