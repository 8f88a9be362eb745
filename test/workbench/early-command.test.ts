/** Commands to a run whose trainer is on its way: none is lost, none is done twice. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { RUN_FILES } from '#contract/run-directory'
import { openWorkbench, SMALL_RUN } from '#test/support/open-workbench'
import { temporaryFolder } from '#test/support/temporary-folder'

const PATIENCE_MS = 60_000

describe('a command to a run that is starting', { timeout: PATIENCE_MS }, () => {
  test('is done by its trainer, once, however often it is asked for', async () => {
    const home = temporaryFolder()
    const { api, untilStatus, told } = await openWorkbench(home)
    const { id } = await api['runs.create']({ preset: 'starter-grpo', overrides: { ...SMALL_RUN, steps: 2000 } })
    expect((await api['runs.get'](id)).summary.status).toBe('starting')
    const once = 'ab12cd34'
    const asked = [0, 1].map(() => api['runs.control'](id, { command: 'stop' }, once))
    await Promise.all(asked)
    await untilStatus(id, 'stopped')
    const applied = told.flatMap((event) => (event.type === 'control.applied' ? [event.id] : []))
    expect(applied).toEqual([once])
    const lines = readFileSync(join(home, 'runs', id, RUN_FILES.control), 'utf8')
      .trim()
      .split('\n')
    expect(lines).toHaveLength(1)
  })
})
