// Starts the packaged application, else the installed Electron, and walks through its window: page, workbench, trainer. Prints one line; SKIPPED with the reason where nothing can be started.
// `npm run smoke:electron [-- path of a binary]`
import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { installedElectron } from './electron-binary.mjs'

const ROOT = resolve(import.meta.dirname, '..')
const START_MS = 60_000
const ANSWER_MS = 120_000
/** As electron-builder names them. */
const PACKAGED = {
  linux: ['dist/linux*-unpacked/veritune'],
  win32: ['dist/win*-unpacked/VeriTune.exe'],
  darwin: ['dist/mac*/VeriTune.app/Contents/MacOS/VeriTune'],
}
/** A run that takes seconds. */
const REQUEST = {
  preset: 'starter-grpo',
  overrides: {
    engine: 'fake',
    steps: 1,
    promptsPerStep: 2,
    groupSize: 4,
    'evaluation.taskCount': 2,
    'evaluation.samples': 1,
    'sampling.maxCompletionTokens': 12,
  },
}

const [binary, args] = findBinary()
const obstacle = obstacleTo(binary)
if (obstacle !== null) console.log(`SKIPPED: ${obstacle}`)
else await walk()

function findBinary() {
  const named = process.argv[2]
  const packaged = named ?? globSync(PACKAGED[process.platform] ?? [], { cwd: ROOT }).map((path) => join(ROOT, path))[0]
  return packaged === undefined ? [installedElectron(), [ROOT]] : [packaged, []]
}

function obstacleTo(binary) {
  if (binary === null) return 'no Electron lies here; `npm start` fetches it, `npm run package` makes the application.'
  if (!existsSync(binary)) return `there is no ${binary}.`
  if (process.platform !== 'linux') return null
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    return 'there is no display; `xvfb-run npm run smoke:electron` brings one.'
  if (process.getuid() === 0) return 'Electron keeps its sandbox, which it cannot have as root.'
  return null
}

async function walk() {
  const home = mkdtempSync(join(tmpdir(), 'veritune-smoke-'))
  const child = spawn(binary, [...args, '--remote-debugging-port=0', `--user-data-dir=${join(home, 'window')}`], {
    env: { ...process.env, VERITUNE_HOME: join(home, 'data'), VERITUNE_NODE: process.execPath },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    const page = await connect(await debuggerAddress(child))
    const call = (method, ...given) =>
      page.evaluate(`veritune.call(${JSON.stringify(method)}, ${JSON.stringify(given)})`).then(resultOf)
    await page.until(`typeof veritune === 'object' && document.querySelector('main h1, main h2') !== null`)
    const { version } = await call('workbench.info')
    const { id } = await call('runs.create', REQUEST)
    await page.until(`veritune.call('runs.get', ['${id}']).then(({ result }) => result.summary.status === 'finished')`)
    console.log(
      `PASSED: VeriTune ${version} in ${await page.evaluate('navigator.userAgent')}: its page, its workbench and a run.`,
    )
  } catch (error) {
    console.log(`FAILED: ${error.message}`)
    process.exitCode = 1
  } finally {
    child.kill()
    await new Promise((ended) => (child.exitCode === null && child.signalCode === null ? child.once('exit', ended) : ended()))
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

/** Chromium prints it on stderr. */
function debuggerAddress(child) {
  return new Promise((found, failed) => {
    let said = ''
    const late = () => failed(new Error(`no window within ${START_MS / 1000} s: ${said}`))
    // Nobody waits for it after an end.
    setTimeout(late, START_MS).unref()
    child.once('error', failed)
    child.once('exit', (code) => failed(new Error(`it ended with code ${code}: ${said}`)))
    child.stderr.on('data', (text) => {
      said += text
      const address = /DevTools listening on ws:\/\/(\S+?)\//.exec(said)?.[1]
      if (address !== undefined) found(address)
    })
  })
}

/** The first page, to evaluate expressions in it. */
async function connect(address) {
  const target = await patiently(async () => {
    const targets = await (await fetch(`http://${address}/json/list`)).json()
    return targets.find(({ type, url }) => type === 'page' && url !== 'about:blank')
  })
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await new Promise((open, failed) => Object.assign(socket, { onopen: open, onerror: failed }))
  const waiting = new Map()
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(data)
    waiting.get(id)?.(result ?? { exceptionDetails: { text: error?.message } })
  }
  let lastId = 0
  const evaluate = async (expression) => {
    const id = ++lastId
    const params = { expression, awaitPromise: true, returnByValue: true }
    socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }))
    const { result, exceptionDetails } = await new Promise((answer) => waiting.set(id, answer))
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }
  return { evaluate, until: (expression) => patiently(() => evaluate(expression)) }
}

function resultOf(answer) {
  if (answer.error) throw new Error(`${answer.error.message} ${answer.error.remedy}`)
  return answer.result
}

/** What `look` finds, as soon as it finds something; the last error after a while. */
async function patiently(look) {
  const started = performance.now()
  for (;;) {
    const found = await look().catch((error) => error)
    if (found && !(found instanceof Error)) return found
    if (performance.now() - started > ANSWER_MS) throw found instanceof Error ? found : new Error('the page did not come to it')
    await new Promise((later) => setTimeout(later, 200))
  }
}
