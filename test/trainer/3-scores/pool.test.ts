import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REPOSITORY } from '#test/support/run-builders'

test('threads that are ended while they start do not take the process along', { timeout: 300_000 }, () => {
  const script = join(REPOSITORY, 'test/support/close-early.ts')
  const { status, signal, stdout } = spawnSync(process.execPath, [script, '20'], { encoding: 'utf8' })
  expect([status, signal, stdout.trim()]).toEqual([0, null, 'closed 20 times'])
})
