import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // EAL starts once in a process: every test file gets a process of its own, one after the other,
    // because they share the machine's CPUs and devices.
    pool: 'forks',
    isolate: true,
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    passWithNoTests: true,
    // dist/ is what users get: Node loads it, not vitest.
    server: { deps: { external: [/\/dist\//] } },
  },
})
