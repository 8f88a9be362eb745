/** The system's ssh, with the person's own config, agent and jump hosts: nothing is installed on either side, and nothing is ever asked for. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Failure } from '#contract/failure'
import { failureOf } from './ssh-failure.ts'
import { shCommand } from './shell-words.ts'

/** What a login prints before a command (a greeting in .bashrc) ends where this line stands. */
export const BEGIN = 'veritune-begins'

/** Over the person's config: those that would ask, wait, or do something beside the command. */
const OPTIONS = [
  '-T',
  ...[
    'BatchMode=yes',
    'ConnectTimeout=15',
    'ServerAliveInterval=10',
    'ServerAliveCountMax=3',
    'ClearAllForwardings=yes',
    'ForwardAgent=no',
    'ForwardX11=no',
    'RemoteCommand=none',
    'PermitLocalCommand=no',
    // A master of our own would stay behind with our pipes open; one of the person's is used.
    'ControlMaster=no',
  ].flatMap((option) => ['-o', option]),
]

const KEPT_STDERR = 8_000
const PATIENCE_MS = 60_000

export function sshProgram(environment = process.env): string {
  return environment.VERITUNE_SSH ?? 'ssh'
}

export function sshOptions(): readonly string[] {
  return OPTIONS
}

/** Everything before the command. `host` must be of contract/hosts.ts' schema: it stands behind `--`, and begins with no dash. */
function sshArguments(host: string): string[] {
  return [...OPTIONS, '--', host]
}

export type SshProcess = ChildProcessByStdio<Writable, Readable, Readable>

/** A command on a host: sh statements with their arguments. */
export interface HostCommand {
  /** As in "could not …". */
  readonly what: string
  readonly statements: readonly string[]
  readonly args?: readonly string[]
  /** Where it writes. */
  readonly folder?: string
}

/** The process, before anything is known of it. BEGIN is the first line that is ours. */
export function startOnHost(host: string, { statements, args = [] }: HostCommand): SshProcess {
  const command = shCommand([`echo ${BEGIN}`, ...statements], args)
  return spawn(sshProgram(), [...sshArguments(host), command], { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true })
}

export interface RunOptions {
  /** For the command's stdin. */
  readonly input?: Readable | Buffer
  /** null: as long as it takes. */
  readonly patienceMs?: number | null
  readonly stop?: AbortSignal
}

/** What it printed. Throws Failure remote.*, and what `input` or `stop` throws. */
export async function runOnHost(host: string, command: HostCommand, options: RunOptions = {}): Promise<string> {
  const { input, patienceMs = PATIENCE_MS, stop } = options
  stop?.throwIfAborted()
  const child = startOnHost(host, command)
  const kill = (): void => void child.kill('SIGKILL')
  stop?.addEventListener('abort', kill, { once: true })
  const patience = patienceMs === null ? null : setTimeout(kill, patienceMs)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-KEPT_STDERR)))
  try {
    const [code] = await Promise.all([ended(host, child), feed(child, input)])
    stop?.throwIfAborted()
    if (code === null) throw new Failure('remote.no-answer', { host })
    if (code !== 0) throw failureOf({ host, code, stderr, ...command })
    return ownOutput(stdout)
  } finally {
    if (patience !== null) clearTimeout(patience)
    stop?.removeEventListener('abort', kill)
  }
}

/** Exit code; null where it was killed. Throws Failure remote.no-ssh. */
export function ended(host: string, child: SshProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Failure('remote.no-ssh', { host, program: sshProgram() }, { cause: error })))
    child.once('close', resolve)
  })
}

/** Codes of a pipe whose reader is gone. */
const CLOSED = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']

/** A command that ends early closes its input; how it ended says more. An input that fails itself is thrown. */
async function feed(child: SshProcess, input: Readable | Buffer | undefined): Promise<void> {
  child.stdin.on('error', () => {})
  if (input === undefined || Buffer.isBuffer(input)) return void child.stdin.end(input)
  try {
    await pipeline(input, child.stdin)
  } catch (error) {
    if (CLOSED.includes((error as NodeJS.ErrnoException).code ?? '')) return
    child.kill('SIGKILL')
    throw error
  }
}

function ownOutput(stdout: string): string {
  const start = stdout.indexOf(`${BEGIN}\n`)
  return start < 0 ? '' : stdout.slice(start + BEGIN.length + 1)
}
