import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/longFirst.js';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // One more than the cores that it is meant for: some files wait for most of their time.
    maxWorkers: 3,
    // Files of one worker share what they import.
    isolate: false,
    sequence: { sequencer: LongFirst },
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
