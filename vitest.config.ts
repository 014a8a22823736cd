import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Most of the time goes into waiting for processes and sockets.
    maxWorkers: 3,
    coverage: {
      provider: 'v8',
      include: ['src/message/**', 'src/link/**', 'src/exchange/**', 'src/matching/**'],
      thresholds: { lines: 90 },
    },
  },
})
