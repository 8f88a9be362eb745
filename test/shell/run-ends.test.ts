import { beforeEach, describe, expect, test } from 'vitest'
import { endWords } from '#shell/run-ends'
import { electron } from '#test/support/electron-double'
import { SMALL_RUN } from '#test/support/open-workbench'
import { openDesktop, type Desktop } from './open-desktop.ts'

beforeEach(() => electron.restart())

const request = (name: string, steps: number) => ({ preset: 'starter-grpo', overrides: { ...SMALL_RUN, steps, name } })

/** Its id, when it has ended and everybody heard of it. */
async function runToItsEnd({ api, workbench }: Desktop, name: string): Promise<string> {
  const finished = new Set<string>()
  workbench.on('runs.changed', ({ id, summary }) => void (summary?.status === 'finished' && finished.add(id)))
  const { id } = await api['runs.create'](request(name, 1))
  await expect.poll(() => finished.has(id), { timeout: 45_000 }).toBe(true)
  return id
}

const titles = (): (string | undefined)[] => electron.state.notices.map(({ options }) => options.title)

describe('a run that ends', () => {
  test('while nobody looks is told once, and a click on the notice leads to it', async () => {
    const desktop = await openDesktop()
    electron.loaded(electron.window)
    electron.window.minimized = true
    const id = await runToItsEnd(desktop, 'the one')
    await expect.poll(titles).toEqual(['the one finished'])
    electron.state.notices[0]!.emitter.emit('click')
    expect(desktop.commands).toEqual([`#/runs/${id}`])
    expect([electron.window.minimized, electron.window.isFocused]).toEqual([false, true])
  })

  test('under a person’s eyes, and one that they stopped, is not told', async () => {
    const desktop = await openDesktop()
    electron.window.isFocused = true
    await runToItsEnd(desktop, 'seen')
    electron.window.isFocused = false
    const { id } = await desktop.api['runs.create'](request('stopped', 4_000))
    await desktop.untilStatus(id, 'running')
    await desktop.api['runs.control'](id, { command: 'stop' })
    await desktop.untilStatus(id, 'stopped')
    await runToItsEnd(desktop, 'after it')
    await expect.poll(titles).toEqual(['after it finished'])
  })
})

describe('the words', () => {
  const run = { name: 'starter', step: 80, steps: 120, evaluated: null } as const

  test('say how it ended, where, and what it reached on validation', () => {
    const evaluated = { step: 80, passAt1: 0.637, low: 0.56, high: 0.71 }
    expect(endWords({ ...run, status: 'finished', evaluated })).toEqual({
      title: 'starter finished',
      body: 'Step 80 of 120. Functional pass@1 on validation: 64 % at step 80.',
    })
    expect(endWords({ ...run, status: 'out-of-memory' })).toEqual({ title: 'starter ran out of memory', body: 'Step 80 of 120.' })
  })

  test.each(['running', 'queued', 'paused', 'stopping', 'stopped'] as const)('are none for one that is %s', (status) => {
    expect(endWords({ ...run, status })).toBeNull()
  })
})
