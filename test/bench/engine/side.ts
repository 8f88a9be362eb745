/** One side of the bench: a process that answers requests, a JSON line each. */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ALLOCATOR_ENVIRONMENT } from '#trainer/engines/onnx/allocator'

export interface Answer {
  readonly seconds: number
  readonly [key: string]: number | string
}

const ROOT = join(import.meta.dirname, '../../..')

export class Side {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  #errors = ''

  private constructor(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#process = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...environment } })
    this.#process.stderr.on('data', (data: Buffer) => (this.#errors += data.toString()))
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  static ours(): Side {
    return new Side(process.execPath, [join(import.meta.dirname, 'our-side.ts')], ALLOCATOR_ENVIRONMENT)
  }

  static torch(): Side {
    return new Side(python(), [join(ROOT, 'native/bench/torch_side.py')])
  }

  async ask(op: string, args: object = {}): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify({ op, args })}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error(`the bench's process ended: ${this.#errors.slice(-2000)}`)
    return JSON.parse(value) as Answer
  }

  close(): void {
    this.#process.kill()
  }
}

function python(): string {
  return process.env.VERITUNE_PYTHON ?? 'python3'
}

/** Why a Python with these packages is not to be had; null when it is. */
export function missingInPython(packages: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(python(), ['-c', `import ${packages.join(', ')}`], { encoding: 'utf8' })
  if (error !== undefined) return `${python()} cannot be started`
  return status === 0 ? null : (stderr.trim().split('\n').at(-1) ?? 'Python failed')
}
