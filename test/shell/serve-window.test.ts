import { BrowserWindow } from 'electron'
import { beforeEach, describe, expect, test } from 'vitest'
import { CALL_CHANNEL, CHOOSE_CHANNEL, EVENT_CHANNEL } from '#contract/desktop-bridge'
import { sendEvents } from '#shell/serve-window'
import { electron } from '#test/support/electron-double'
import { SMALL_RUN } from '#test/support/open-workbench'
import { openDesktop } from './open-desktop.ts'

beforeEach(() => electron.restart())

const PAGE = { url: 'app://veritune/', parent: null }
const REFUSED = { error: { code: 'arguments.invalid', message: 'This call is refused.' } }

describe('a call', () => {
  test('of the page is answered', async () => {
    await openDesktop()
    const answer = await electron.invokeFrom(PAGE, CALL_CHANNEL, 'presets.list', [])
    const { result } = answer as { result: { name: string }[] }
    expect(result.map(({ name }) => name)).toContain('starter-grpo')
  })

  test.each([
    ['another page', { url: 'https://example.org/', parent: null }],
    ['a page of another host of the scheme', { url: 'app://other/', parent: null }],
    ['a file', { url: 'file:///tmp/index.html', parent: null }],
    ['a frame inside the page', { url: 'app://veritune/', parent: {} }],
    ['a frame that is gone', null],
  ])('of %s is refused', async (_, frame) => {
    await openDesktop()
    expect(await electron.invokeFrom(frame, CALL_CHANNEL, 'presets.list', [])).toMatchObject(REFUSED)
  })

  test.each([
    ['no method', [undefined, []]],
    ['no list of arguments', ['presets.list', {}]],
    ['nothing', []],
  ])('with %s is refused', async (_, args) => {
    await openDesktop()
    expect(await electron.invokeFrom(PAGE, CALL_CHANNEL, ...args)).toMatchObject(REFUSED)
  })

  test('that fails brings code, sentence, remedy and field across', async () => {
    await openDesktop()
    const request = { preset: 'starter-grpo', overrides: { groupSize: 1 } }
    const answer = (await electron.invokeFrom(PAGE, CALL_CHANNEL, 'runs.create', [request])) as { error: Record<string, string> }
    expect(answer.error).toMatchObject({ code: 'config.invalid', field: 'groupSize' })
    expect(answer.error.remedy).not.toBe('')
  })
})

describe('a choice', () => {
  test.each(['file', 'folder'])('of a %s gives its path, and null when the dialog is closed without one', async (kind) => {
    await openDesktop()
    electron.state.choices.push('/sets/one')
    expect(await electron.invokeFrom(PAGE, CHOOSE_CHANNEL, kind)).toBe('/sets/one')
    expect(await electron.invokeFrom(PAGE, CHOOSE_CHANNEL, kind)).toBeNull()
    const properties = [kind === 'file' ? 'openFile' : 'openDirectory']
    expect(electron.state.dialogs).toEqual([{ properties }, { properties }])
    expect(electron.state.dialogParents).toEqual([electron.window, electron.window])
  })

  test('is offered to our page alone', async () => {
    await openDesktop()
    electron.state.choices.push('/sets/one')
    expect(await electron.invokeFrom({ url: 'https://example.org/', parent: null }, CHOOSE_CHANNEL, 'file')).toBeNull()
    expect(electron.state.dialogs).toEqual([])
  })
})

test('events reach a window in order until it is closed', async () => {
  const { api, workbench, untilStatus } = await openDesktop()
  const first = electron.window
  sendEvents(workbench, new BrowserWindow())
  electron.close(first) // a send to it would throw from here on
  const seen: { id: string; events: { seq: number }[] }[] = []
  electron.state.pageEvents.on(EVENT_CHANNEL, (_, event, payload) => void (event === 'run.events' && seen.push(payload)))
  const { id } = await api['runs.create']({ preset: 'starter-grpo', overrides: { ...SMALL_RUN, steps: 1 } })
  await untilStatus(id, 'finished')
  const numbers = seen.flatMap((payload) => payload.events.map(({ seq }) => seq))
  expect(numbers).toEqual((await api['runs.events'](id, 0)).map(({ seq }) => seq))
})
