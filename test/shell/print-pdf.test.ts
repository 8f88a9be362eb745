import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { printPdf } from '#shell/print-pdf'
import { electron } from '#test/support/electron-double'
import { openDesktop } from './open-desktop.ts'

beforeEach(() => electron.restart())

describe('printing on the desktop', () => {
  test('loads the page in a hidden window without scripts, and leaves neither window nor file', async () => {
    await openDesktop()
    const pdf = await printPdf('<p>a report</p>')
    expect(Buffer.from(pdf).toString()).toBe('%PDF-')
    const window = electron.state.opened.at(-1)!
    expect(window.options).toMatchObject({
      show: false,
      webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, javascript: false },
    })
    expect(window.loaded).toBe('<p>a report</p>')
    expect(electron.state.printed).toEqual([{ preferCSSPageSize: true, printBackground: true }])
    expect(electron.state.windows.has(window)).toBe(false)
    expect(existsSync(fileURLToPath(window.url!))).toBe(false)
  })

  test('a person who comes back meanwhile sees the window of the application', async () => {
    await openDesktop()
    const application = electron.window
    const printing = printPdf('<p>a report</p>')
    electron.state.windows.delete(application)
    electron.state.windows.add(application)
    electron.emit('second-instance')
    expect(application.isFocused).toBe(true)
    await printing
  })
})
