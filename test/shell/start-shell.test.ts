import type * as Electron from 'electron'
import { beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '#contract/failure'
import { FRAME_COMMANDS } from '#contract/frame-commands'
import { electron } from '#test/support/electron-double'
import { openDesktop } from './open-desktop.ts'

beforeEach(() => electron.restart())

describe('one instance', () => {
  test('a second one opens nothing, says so and ends', async () => {
    electron.state.isPrimary = false
    const { news } = await openDesktop()
    expect(news).toEqual(['second instance'])
    expect([electron.state.windows.size, electron.state.exits]).toEqual([0, [0]])
  })

  test('the first one then shows its window again', async () => {
    await openDesktop()
    electron.window.minimized = true
    electron.emit('second-instance')
    expect([electron.window.minimized, electron.window.isFocused, electron.state.windows.size]).toEqual([false, true, 1])
  })
})

describe('the end', () => {
  test('the workbench is closed before the application ends', async () => {
    const order: string[] = []
    const { workbench } = await openDesktop()
    electron.restart()
    await openDesktop({
      openWorkbench: async () => ({
        ...workbench,
        close: async () => {
          await new Promise((resolve) => setTimeout(resolve, 20))
          order.push(`closed, exits ${electron.state.exits.length}`)
        },
      }),
    })
    electron.close(electron.window)
    if (process.platform === 'darwin') electron.quit()
    await expect.poll(() => electron.state.exits).toEqual([0])
    expect(order).toEqual(['closed, exits 0'])
  })

  test('a workbench that cannot be opened gets its sentence into a box, and the application ends', async () => {
    await openDesktop({ openWorkbench: () => Promise.reject(new Failure('store.newer-schema', { found: 9, known: 1 })) })
    expect(electron.state.errorBoxes).toEqual([
      {
        title: 'VeriTune cannot start',
        content:
          'The store was written by a newer VeriTune (schema 9, this one knows 1). Update VeriTune, or choose another VERITUNE_HOME.',
      },
    ])
    expect([electron.state.windows.size, electron.state.exits]).toEqual([0, [0]])
  })
})

test('without a window, macOS opens one on a click in the dock', async () => {
  await openDesktop()
  electron.state.windows.clear()
  electron.emit('activate')
  expect(electron.state.windows.size).toBe(1)
})

describe('the menu', () => {
  test('has what each platform expects', async () => {
    await openDesktop()
    const roles = electron.state.menu!.map(({ role, label }) => role ?? label)
    const rest = ['File', 'editMenu', 'Go', 'View', 'windowMenu', 'help']
    expect(roles).toEqual(process.platform === 'darwin' ? ['appMenu', ...rest] : rest)
  })

  test('has every command of the page’s frame once, under its name and with its keys', async () => {
    const { commands } = await openDesktop()
    electron.loaded(electron.window)
    const items = electron.state.menu!.flatMap(({ submenu }) => (submenu ?? []) as Electron.MenuItemConstructorOptions[])
    for (const { id, title, accelerator } of FRAME_COMMANDS) {
      const fitting = items.filter(({ label }) => label === title)
      expect(fitting.map((item) => item.accelerator ?? null)).toEqual([accelerator])
      electron.chooseFromMenu(title)
      expect(commands.at(-1)).toBe(id)
    }
  })

  test('shows the window again, and waits for a page that does not listen yet', async () => {
    const { commands } = await openDesktop()
    electron.window.minimized = true
    electron.chooseFromMenu('Runs')
    expect([electron.window.minimized, commands]).toEqual([false, []])
    electron.loaded(electron.window)
    expect(commands).toEqual(['runs'])
  })

  test('opens a window where there is none', async () => {
    const { commands } = await openDesktop()
    electron.state.windows.clear()
    electron.chooseFromMenu('Settings')
    electron.loaded(electron.window)
    expect(commands).toEqual(['settings'])
  })
})
