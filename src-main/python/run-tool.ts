/** One program of an installation: its lines as they come, ended with all that it started when it is cancelled. */
import { spawn, type ChildProcess } from 'node:child_process'

/** The last words of a tool say why it failed. */
const KEPT_CHARACTERS = 20_000
const GRACE_MS = 3_000

export interface ToolEnd {
  readonly code: number | null
  readonly stdout: string
  /** What it said last on stderr. */
  readonly lastWords: string
}

interface ToolOrder {
  readonly program: string
  readonly args: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly stop: AbortSignal
  readonly onStart?: (pid: number) => void
  readonly onLine?: (line: string) => void
}

/** Ends with the program; throws the reason of `stop` when it was aborted, and Error where the program cannot be started. */
export async function runTool({ program, args, environment, stop, onStart, onLine }: ToolOrder): Promise<ToolEnd> {
  stop.throwIfAborted()
  // A group of its own, so that what it starts ends with it.
  const child = spawn(program, args, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: isPosix,
    windowsHide: true,
  })
  let stdout = ''
  let lastWords = ''
  const [out, err] = [new Lines(onLine), new Lines(onLine)]
  child.stdout.on('data', (text) => {
    stdout = `${stdout}${String(text)}`.slice(-KEPT_CHARACTERS * 5)
    out.take(String(text))
  })
  child.stderr.on('data', (text) => {
    lastWords = `${lastWords}${String(text)}`.slice(-KEPT_CHARACTERS)
    err.take(String(text))
  })
  const end = (): void => endGroup(child)
  stop.addEventListener('abort', end)
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('spawn', () => onStart?.(child.pid!))
      child.once('error', reject).once('close', resolve)
    })
    stop.throwIfAborted()
    return { code, stdout, lastWords }
  } finally {
    stop.removeEventListener('abort', end)
  }
}

const isPosix = process.platform !== 'win32'

/** Whole lines of text that comes in pieces. */
class Lines {
  readonly #onLine: (line: string) => void
  #begun = ''

  constructor(onLine: (line: string) => void = () => {}) {
    this.#onLine = onLine
  }

  take(text: string): void {
    const lines = `${this.#begun}${text}`.split(/[\r\n]+/)
    this.#begun = lines.pop()!
    for (const line of lines) if (line.trim() !== '') this.#onLine(line)
  }
}

function endGroup(child: ChildProcess): void {
  const send = (signal: NodeJS.Signals): void => {
    try {
      if (isPosix) process.kill(-child.pid!, signal)
      else child.kill(signal)
    } catch {
      // It has ended.
    }
  }
  send('SIGTERM')
  const timer = setTimeout(() => send('SIGKILL'), GRACE_MS)
  child.once('close', () => clearTimeout(timer))
}
