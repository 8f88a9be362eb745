import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { VerituneBridge } from '#contract/desktop-bridge'
import { electron } from '#test/support/electron-double'
import { REPOSITORY } from '#test/support/run-builders'
import { openDesktop } from '#test/shell/open-desktop'
import '../../src-main/preload/preload.ts'

const bridge = electron.state.page.veritune as VerituneBridge

test('puts five functions on the page’s window and nothing of Electron', () => {
  expect(Object.keys(electron.state.page)).toEqual(['veritune'])
  expect(Object.entries(bridge).map(([name, value]) => `${name}: ${typeof value}`)).toEqual([
    'call: function',
    'onEvent: function',
    'choosePath: function',
    'pathOf: function',
    'onCommand: function',
  ])
})

test('a dropped file has the path that Electron knows for it', () => {
  const file = new File(['module m; endmodule'], 'm.v')
  electron.state.droppedPaths.set(file, '/sets/m.v')
  expect(bridge.pathOf(file)).toBe('/sets/m.v')
  expect(bridge.pathOf(new File([], 'from memory'))).toBe('')
})

test('through the bridge the page’s own workbench calls, and gets errors with code and remedy', async () => {
  await openDesktop()
  const page = globalThis as { veritune?: VerituneBridge }
  page.veritune = bridge
  onTestFinished(() => void delete page.veritune)
  // Compiled with the page's own settings, so not imported by a name that the compiler follows.
  const file = join(REPOSITORY, 'src-renderer/workbench.ts')
  const { workbench } = (await import(file)) as {
    workbench: { connection: string; call(method: string, ...args: unknown[]): Promise<unknown> }
  }
  expect(workbench.connection).toBe('open')
  expect(await workbench.call('runs.list')).toEqual([])
  await expect(workbench.call('runs.get', 'no-such-run')).rejects.toMatchObject({
    name: 'WorkbenchError',
    code: 'run.missing',
    message: 'There is no run "no-such-run".',
    remedy: '`veritune runs` lists the runs.',
  })
})

const BUILT = join(REPOSITORY, 'out/preload')

test.skipIf(!existsSync(BUILT))('is built as one CommonJS file that requires Electron only (needs npm run build)', () => {
  expect(readdirSync(BUILT)).toEqual(['preload.cjs'])
  const text = readFileSync(join(BUILT, 'preload.cjs'), 'utf8')
  expect([...text.matchAll(/require\(["'](.+?)["']\)/g)].map(([, name]) => name)).toEqual(['electron'])
  expect(text).not.toMatch(/^import /m)
})
