/** The desktop without Electron's binary: the built page under the desktop's own headers and the built preload, in a real browser, over shell and workbench. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { COMMAND_CHANNEL, EVENT_CHANNEL } from '#contract/desktop-bridge'
import { launchBrowser } from '#test/support/browser'
import { electron } from '#test/support/electron-double'
import { SMALL_RUN } from '#test/support/open-workbench'
import { REPOSITORY } from '#test/support/run-builders'
import { openDesktop, type Desktop } from '#test/shell/open-desktop'
import { isBuilt } from '../../scripts/build-if-needed.mjs'

const choice = await launchBrowser()
const reason = choice.browser === null ? choice.reason : isBuilt() ? null : 'needs an up-to-date npm run build'
if (reason !== null) await choice.browser?.close()

/** Stands for the page's address: a browser knows no app:. Secure, as that is. */
const ORIGIN = 'https://desktop.test'

describe.skipIf(reason !== null)(
  `the built page through the built preload${reason === null ? '' : ` (skipped: ${reason})`}`,
  () => {
    const problems: string[] = []

    /** The page in a window of the desktop, over a workbench of its own. */
    async function openPage(): Promise<Desktop & { readonly page: Page }> {
      electron.restart()
      const desktop = await openDesktop({ pageFolder: join(REPOSITORY, 'out/renderer') })
      const page = await choice.browser!.newPage()
      onTestFinished(() => page.close())
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())))
      await page.exposeFunction('invokeMain', (channel: string, args: unknown[]) => electron.invoke(channel, ...args))
      await page.addInitScript(preloadInPage(readFileSync(join(REPOSITORY, 'out/preload/preload.cjs'), 'utf8')))
      await page.route(`${ORIGIN}/**`, async (route) => {
        const answer = await electron.request(route.request().url().replace(ORIGIN, 'app://veritune'))
        await route.fulfill({
          status: answer.status,
          headers: Object.fromEntries(answer.headers),
          body: Buffer.from(await answer.arrayBuffer()),
        })
      })
      for (const channel of [EVENT_CHANNEL, COMMAND_CHANNEL]) {
        electron.state.pageEvents.on(
          channel,
          (_, ...args) => void page.evaluate(`hearMain(${JSON.stringify([channel, ...args])})`),
        )
      }
      await page.goto(`${ORIGIN}/`)
      await page.getByRole('heading', { name: 'No run yet' }).waitFor()
      electron.loaded(electron.window)
      return { ...desktop, page }
    }

    afterAll(async () => void (await choice.browser!.close()))

    test('calls, and hears of runs', async () => {
      const { api, page } = await openPage()
      await api['runs.create']({ preset: 'starter-grpo', overrides: { ...SMALL_RUN, steps: 1, name: 'from the desktop' } })
      await page.getByRole('link', { name: 'from the desktop' }).waitFor()
      await page.locator('main').getByText('finished', { exact: true }).waitFor()
      expect(problems).toEqual([])
    })

    test('does what the menu says, and shows the menu’s keys', async () => {
      const { page } = await openPage()
      electron.chooseFromMenu('Datasets')
      await page.getByRole('heading', { name: 'Datasets' }).waitFor()
      electron.chooseFromMenu('Command palette')
      expect(await page.getByRole('option', { name: /Go to Datasets/ }).innerText()).toMatch(/Ctrl\+5|⌘5/)
      electron.chooseFromMenu('Settings')
      expect(await page.getByRole('dialog', { name: 'Command palette' }).count()).toBe(1)
      electron.chooseFromMenu('Command palette')
      await page.getByRole('dialog', { name: 'Command palette' }).waitFor({ state: 'detached' })
      expect(problems).toEqual([])
    })

    test('takes paths from the system’s dialog and from what is dropped', async () => {
      const { page } = await openPage()
      electron.chooseFromMenu('New run')
      electron.state.choices.push('/models/small')
      await page.getByRole('button', { name: 'Choose a folder …' }).click()
      const model = page.getByLabel('Model', { exact: true })
      await expect.poll(() => model.inputValue()).toBe('/models/small')
      await page.evaluate(`(() => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(['x'], 'tasks.jsonl'))
      const field = [...document.querySelectorAll('label')].find((label) => label.innerText === 'Tasks').control
      field.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    })()`)
      await expect.poll(() => page.getByLabel('Tasks', { exact: true }).inputValue()).toBe('/dropped/tasks.jsonl')
      expect(await page.getByRole('heading', { name: 'New run' }).count()).toBe(1)
      electron.chooseFromMenu('Models')
      await page.getByLabel('Add a folder').waitFor()
      await page.evaluate(`(() => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(['x'], 'small model'))
      const field = [...document.querySelectorAll('label')].find((label) => label.innerText === 'Add a folder').control
      field.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    })()`)
      await expect.poll(() => page.getByLabel('Add a folder').inputValue()).toBe('/dropped/small model')
      expect(problems).toEqual([])
    })
  },
)

/** The preload as a script of the page, with the three parts of Electron that it requires. */
function preloadInPage(preload: string): string {
  return `{
    const listeners = new Map()
    window.hearMain = ([channel, ...args]) => listeners.get(channel)?.({}, ...args)
    const parts = {
      contextBridge: { exposeInMainWorld: (key, api) => Object.defineProperty(window, key, { value: api }) },
      ipcRenderer: { invoke: (channel, ...args) => invokeMain(channel, args), on: (channel, listener) => listeners.set(channel, listener) },
      webUtils: { getPathForFile: (file) => '/dropped/' + file.name },
    }
    ;(function (require) {${preload}})(() => parts)
  }`
}
