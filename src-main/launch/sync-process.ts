/** Starts the program that sends runs: once for all of them, in a process of its own that outlives whoever started it; and for a log-in, for a moment. */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { LoginAnswer, LoginAsk, SyncStart } from '#contract/sync-start'

/** A plain Node and the entry of src-main/sync: source in a checkout, a bundle in a package. */
export interface SyncLocation {
  readonly nodePath: string
  readonly syncPath: string
}

const LOGIN_MS = 60_000

/** Detached; what it says goes to `logFile`. `onExit` is called when it ends while this process still lives. Throws when it cannot start. */
export async function startSync(
  { nodePath, syncPath }: SyncLocation,
  home: string,
  logFile: string,
  start: SyncStart,
  onExit: () => void,
): Promise<ChildProcess> {
  const log = openSync(logFile, 'a')
  try {
    const child = spawn(nodePath, [syncPath, 'send', home], {
      detached: true,
      stdio: ['pipe', log, log],
      env: syncEnvironment(),
      windowsHide: true,
    })
    await spawned(child)
    child.once('exit', onExit)
    child.stdin!.on('error', () => {})
    child.stdin!.end(JSON.stringify(start))
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

/** The key that is found for a server, and whose it is. Throws Error where the program itself fails. */
export async function askLogin({ nodePath, syncPath }: SyncLocation, ask: LoginAsk): Promise<LoginAnswer> {
  const child = spawn(nodePath, [syncPath, 'login'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: syncEnvironment(),
    windowsHide: true,
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), LOGIN_MS)
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(ask))
  try {
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr), spawned(child)])
    return (
      answerIn(said) ?? {
        failure: { code: 'sync.no-client', facts: { host: URL.parse(ask.baseUrl)?.host ?? '', reason: lastLine(complained) } },
      }
    )
  } finally {
    clearTimeout(timer)
  }
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
}

function answerIn(said: string): LoginAnswer | null {
  try {
    return JSON.parse(said) as LoginAnswer
  } catch {
    return null
  }
}

function lastLine(complained: string): string {
  const lines = complained.split('\n').filter((line) => /error/i.test(line))
  return (lines[0] ?? 'it ended without a word').trim().slice(0, 200).replace(/[.]+$/, '')
}

/** A server behind a proxy is reached as the environment says. */
function syncEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { NODE_USE_ENV_PROXY: '1', ...process.env }
  delete environment.HF_TOKEN
  delete environment.ELECTRON_RUN_AS_NODE
  return environment
}
