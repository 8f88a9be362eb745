/** The desktop without Electron's binary: the built page under the desktop's own headers and the built preload, in a real browser, over shell and workbench. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EVENT_CHANNEL } from '#contract/desktop-bridge'
import { launchBrowser } from '#test/support/browser'
import { electron } from '#test/support/electron-double'
import { SMALL_RUN } from '#test/support/open-workbench'
import { REPOSITORY } from '#test/support/run-builders'
import { openDesktop } from '#test/shell/open-desktop'
import { isBuilt } from '../../scripts/build-if-needed.mjs'

const choice = await launchBrowser()
const reason = choice.browser === null ? choice.reason : isBuilt() ? null : 'needs an up-to-date npm run build'
await (reason === null ? undefined : choice.browser?.close())

/** Stands for the page's address: a browser knows no app:. Secure, as that is. */
const ORIGIN = 'https://desktop.test'

test.skipIf(reason !== null)(
  `the built page calls through the built preload and hears of runs${reason === null ? '' : ` (skipped: ${reason})`}`,
  async () => {
    electron.restart()
    const { api } = await openDesktop({ pageFolder: join(REPOSITORY, 'out/renderer') })
    const page = await choice.browser!.newPage()
    const problems: string[] = []
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
    electron.state.pageEvents.on(EVENT_CHANNEL, (_, ...args) => void page.evaluate(`hearMain(${JSON.stringify(args)})`))

    await page.goto(`${ORIGIN}/`)
    await page.getByRole('heading', { name: 'No run yet' }).waitFor()
    await api['runs.create']({ preset: 'starter-grpo', overrides: { ...SMALL_RUN, steps: 1, name: 'from the desktop' } })
    await page.getByRole('link', { name: 'from the desktop' }).waitFor()
    await page.locator('main').getByText('finished', { exact: true }).waitFor()
    expect(problems).toEqual([])
    await choice.browser!.close()
  },
)

/** The preload as a script of the page, with the two parts of Electron that it requires. */
function preloadInPage(preload: string): string {
  return `{
    const listeners = new Map()
    window.hearMain = ([...args]) => listeners.get(${JSON.stringify(EVENT_CHANNEL)})?.({}, ...args)
    const parts = {
      contextBridge: { exposeInMainWorld: (key, api) => Object.defineProperty(window, key, { value: api }) },
      ipcRenderer: { invoke: (channel, ...args) => invokeMain(channel, args), on: (channel, listener) => listeners.set(channel, listener) },
    }
    ;(function (require) {${preload}})(() => parts)
  }`
}
