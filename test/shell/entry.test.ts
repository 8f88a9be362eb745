import { expect, test } from 'vitest'
import { electron } from '#test/support/electron-double'

test('the entry ends before Electron is ready: Electron waits for its end', async () => {
  electron.restart()
  await import('../../src-main/main.ts')
  expect(electron.state.isReady).toBe(false)
  expect(electron.state.schemes.map(({ scheme }) => scheme)).toEqual(['app'])
  expect(electron.state.windows.size).toBe(0)
}, 10_000)
