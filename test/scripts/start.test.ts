/** `npm start` as a process. In the place of Electron's binary stands a script: the built application over the double, or one that fails. */
import { spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isBuilt } from '../../scripts/build-if-needed.mjs'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const isPossible = isBuilt() && process.platform === 'linux'
const title = isPossible ? 'npm start' : 'npm start (skipped: needs Linux and an up-to-date npm run build)'

const ADDRESS = /VeriTune is at (http:\/\/127\.0\.0\.1:\d+\/\?token=\S+)\n/

interface Start {
  readonly code: number | null
  /** Lines of stdout before the host's address. */
  readonly lines: readonly string[]
  readonly url: string | null
  readonly stderr: string
}

/** Runs until it ends by itself, or serves and is then ended by Ctrl-C. `electron`: shell script in the place of the binary. */
function start(args: readonly string[], electron: string | null, environment: Record<string, string> = {}): Promise<Start> {
  const folder = temporaryFolder()
  if (electron !== null) {
    writeFileSync(join(folder, 'electron'), `#!/bin/sh\n${electron}\n`)
    chmodSync(join(folder, 'electron'), 0o755)
  }
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...bare } = process.env
  const child = spawn(process.execPath, [join(REPOSITORY, 'scripts/start.mjs'), '--no-open', ...args], {
    env: { ...bare, VERITUNE_HOME: join(folder, 'home'), ELECTRON_OVERRIDE_DIST_PATH: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text) => {
    stdout += String(text)
    if (ADDRESS.test(stdout)) child.kill('SIGINT')
  })
  child.stderr.on('data', (text) => (stderr += String(text)))
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const lines = stdout.replace(ADDRESS, '').split('\n').filter(Boolean)
      resolve({ code, lines, url: ADDRESS.exec(stdout)?.[1] ?? null, stderr })
    })
  })
}

const SERVING = 'Serving the same workbench to your browser instead.'
const WITH_DISPLAY = { DISPLAY: ':99' }

describe.skipIf(!isPossible)(title, () => {
  test('opens the built application: entry, page and API work, and its end is the end', async () => {
    const application = `exec ${process.execPath} ${join(REPOSITORY, 'test/support/electron-process.ts')} "$@"`
    const { code, lines, url, stderr } = await start([], application, WITH_DISPLAY)
    expect([code, url, stderr]).toEqual([0, null, ''])
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      status: 200,
      isPage: true,
      answer: { result: { version: expect.any(String) } },
    })
  })

  test('where there is no display says so in one line and serves a browser, until Ctrl-C', async () => {
    const { code, lines, url } = await start([], 'exit 0')
    expect([code, lines]).toEqual([0, [`There is no display for a window. ${SERVING}`]])
    expect(url).not.toBeNull()
  })

  test('when Electron ends at once without a window says so in one line and serves a browser', async () => {
    const { code, lines, url } = await start([], 'exit 1', WITH_DISPLAY)
    expect([code, lines]).toEqual([0, [`Electron ended without a window (exit 1). ${SERVING}`]])
    expect(url).not.toBeNull()
  })

  test('with --browser serves a browser without a word about windows', async () => {
    const { code, lines, url } = await start(['--browser'], 'exit 1', WITH_DISPLAY)
    expect([code, lines]).toEqual([0, []])
    expect(url).not.toBeNull()
  })

  test('hands the port on', async () => {
    const { code, stderr } = await start(['--browser', '--port', '70000'], null)
    expect([code, stderr]).toEqual([2, '--port must be between 0 and 65535. See `veritune --help`.\n'])
  })
})
