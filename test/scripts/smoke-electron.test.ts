/** The smoke test of the window as a process. No Electron is to be had here: a Chromium with a page that answers like ours stands in its place. */
import { spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { launchBrowser } from '#test/support/browser'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const choice = await launchBrowser()
await choice.browser?.close()
const chromium = choice.browser === null ? null : /^(CHROME_PATH )?(\/\S+)/.exec(choice.name)?.[2]
const isPossible = process.platform === 'linux'

/** Its line and its exit code. `electron`: shell script in the place of the binary. */
function smoke(electron: string | null, environment: Record<string, string> = {}): Promise<[line: string, code: number | null]> {
  const folder = temporaryFolder()
  if (electron !== null) {
    writeFileSync(join(folder, 'electron'), `#!/bin/sh\n${electron}\n`)
    chmodSync(join(folder, 'electron'), 0o755)
  }
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...bare } = process.env
  // Nobody is root for the script: what it starts here needs no sandbox.
  const child = spawn(process.execPath, ['--import', 'data:text/javascript,process.getuid=()=>1', 'scripts/smoke-electron.mjs'], {
    cwd: REPOSITORY,
    env: { ...bare, ELECTRON_OVERRIDE_DIST_PATH: folder, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (text) => (said += String(text)))
  return new Promise((resolve) => child.once('close', (code) => resolve([said, code])))
}

/** Address of a page that has the bridge of ours; `status` is what it says of every run. */
async function servePage(status: string): Promise<string> {
  const answers = { 'workbench.info': { version: '9.9.9' }, 'runs.create': { id: 'one' }, 'runs.get': { summary: { status } } }
  const page = `<main><h1>Runs</h1></main><script>
    window.veritune = { call: async (method) => ({ result: (${JSON.stringify(answers)})[method] }) }
  </script>`
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page))
  onTestFinished(() => void server.close())
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const WITH_DISPLAY = { DISPLAY: ':99' }

describe.skipIf(!isPossible)(isPossible ? 'the smoke test' : 'the smoke test (skipped: needs Linux)', () => {
  test('is skipped with its reason where there is no Electron, and where there is no display', async () => {
    expect(await smoke(null, WITH_DISPLAY)).toEqual([expect.stringMatching(/^SKIPPED: no Electron lies here;/), 0])
    expect(await smoke('exit 0')).toEqual([expect.stringMatching(/^SKIPPED: there is no display;/), 0])
  })

  test('fails with what was said when the application ends without a window', async () => {
    const [line, code] = await smoke('echo out of luck >&2; exit 7', WITH_DISPLAY)
    expect([line, code]).toEqual(['FAILED: it ended with code 7: out of luck\n\n', 1])
  })

  test.skipIf(!chromium)(
    `walks through page, workbench and a run${chromium ? '' : ' (skipped: needs an installed Chromium)'}`,
    async () => {
      const address = await servePage('finished')
      const [line, code] = await smoke(`shift; exec ${chromium} --headless --no-sandbox "$@" ${address}`, WITH_DISPLAY)
      expect([line, code]).toEqual([expect.stringMatching(/^PASSED: VeriTune 9\.9\.9 in Mozilla.*Chrome/), 0])
    },
  )
})
