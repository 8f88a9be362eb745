/** The commands keep what Node compiled of the sources, so that the next one starts sooner. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

test('a command writes compiled sources into the folder that is named, and works where it cannot', () => {
  const run = (folder: string): [number | null, string] => {
    const { status, stderr } = spawnSync(process.execPath, [join(REPOSITORY, 'scripts/veritune.mjs'), 'runs', '--help'], {
      env: { ...process.env, NODE_COMPILE_CACHE: folder, NO_COLOR: '1' },
      encoding: 'utf8',
    })
    return [status, stderr]
  }
  const folder = temporaryFolder()
  expect(run(folder)).toEqual([0, ''])
  expect(readdirSync(folder, { recursive: true }).length).toBeGreaterThan(20)
  expect(run('/dev/null/nowhere')).toEqual([0, ''])
})
