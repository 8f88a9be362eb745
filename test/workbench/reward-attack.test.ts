/** An attack on a reward through the real service and the real scorer: told as it goes on, ended by a person, weighed again without a tool. */
import { describe, expect, test } from 'vitest'
import type { RunRequest } from '#contract/api'
import type { AttackProgress } from '#contract/reward-attack'
import { openWorkbench } from '#test/support/open-workbench'
import { aConfig } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const REQUEST: RunRequest = { preset: 'starter-grpo' }
const NOTHING = { compilation: 0, functional: 0, synthesis: 0, reasoning: 0, quality: 0 }

describe('an attack that a person asks for', { timeout: 240_000 }, () => {
  test('is told task by task, and its scores are weighed by another profile as an attack with that one would', async () => {
    const { api, workbench } = await openWorkbench(temporaryFolder())
    const told: AttackProgress[] = []
    workbench.on('rewards.progress', (progress) => void told.push(progress))
    const { scores, report } = await api['rewards.attack'](REQUEST, 3, 'one')
    expect(told).toEqual([0, 1, 2].map((triedCount) => ({ id: 'one', taskCount: 3, triedCount })))
    expect(report.cheats.length).toBeGreaterThan(20)
    expect(report.taskCount + report.skippedCount).toBe(3)
    expect(report.cheats.filter(({ isWorthIt }) => isWorthIt)).toEqual([])

    const careless = { ...aConfig().reward, weights: { ...NOTHING, compilation: 1 } }
    const began = performance.now()
    const again = await api['rewards.weigh-attack'](scores, careless)
    expect(performance.now() - began).toBeLessThan(1_000)
    expect(again.cheats.some(({ isWorthIt }) => isWorthIt)).toBe(true)
    const { report: anew } = await api['rewards.attack']({ ...REQUEST, overrides: { reward: careless } }, 3)
    expect(again).toEqual(anew)
    // Nobody asked to be told of that one.
    expect(told).toHaveLength(3)
  })

  test('ends at once when it is cancelled, and the next one runs', async () => {
    const { api, workbench } = await openWorkbench(temporaryFolder())
    const began = new Promise<void>((resolve) => void workbench.on('rewards.progress', () => resolve()))
    const asked = api['rewards.attack'](REQUEST, 400, 'long')
    asked.catch(() => {})
    await began
    await api['rewards.cancel']('long')
    await expect(asked).rejects.toMatchObject({ code: 'reward.attack-cancelled' })
    await expect(api['rewards.attack'](REQUEST, 1, 'next')).resolves.toMatchObject({ report: { taskCount: 1 } })
  })
})
