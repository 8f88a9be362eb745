/** Starts the program that sends runs: once for all of them, in a process of its own that outlives whoever started it; and for a log-in or a report, for a moment. */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { LoginAnswer, LoginAsk, ReportAnswer, ReportAsk, SyncStart } from '#contract/sync-start'

/** A plain Node and the entry of src-main/sync: source in a checkout, a bundle in a package. */
export interface SyncLocation {
  readonly nodePath: string
  readonly syncPath: string
}

const LOGIN_MS = 60_000
const REPORT_MS = 180_000

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

/** The key that is found for a server, and whose it is. Throws Error where the program cannot be started. */
export async function askLogin(location: SyncLocation, ask: LoginAsk): Promise<LoginAnswer> {
  const { answer, complaint } = await askOnce(location, 'login', ask, LOGIN_MS)
  if (answer !== null) return answer as LoginAnswer
  return { failure: { code: 'sync.no-client', facts: { host: hostIn(ask.baseUrl), reason: complaint } } }
}

/** Puts a report at the server. Throws Error where the program cannot be started. */
export async function publishReport(location: SyncLocation, ask: ReportAsk): Promise<ReportAnswer> {
  const { answer, complaint } = await askOnce(location, 'report', ask, REPORT_MS)
  if (answer !== null) return answer as ReportAnswer
  const facts = { host: hostIn(ask.baseUrl), what: 'the report', status: 0, reason: complaint }
  return { failure: { code: 'sync.refused', facts } }
}

interface Once {
  /** null: it gave none. */
  readonly answer: unknown
  /** Why not. */
  readonly complaint: string
}

/** One question to the program, which ends with its answer. */
async function askOnce({ nodePath, syncPath }: SyncLocation, command: string, ask: object, patienceMs: number): Promise<Once> {
  const child = spawn(nodePath, [syncPath, command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: syncEnvironment(),
    windowsHide: true,
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(ask))
  try {
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr), spawned(child)])
    return { answer: answerIn(said), complaint: firstError(complained) }
  } finally {
    clearTimeout(timer)
  }
}

function spawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
}

function answerIn(said: string): unknown {
  try {
    return JSON.parse(said)
  } catch {
    return null
  }
}

function hostIn(baseUrl: string): string {
  return URL.parse(baseUrl)?.host ?? ''
}

function firstError(complained: string): string {
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
