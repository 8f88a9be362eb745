/** The Python engine's process, and the socket on which it calls back. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Failure } from '#contract/failure'
import { FrameReader, type Frame } from './frames.ts'
import { installedPython } from './installed-python.ts'
import { PROTOCOL, readHello } from './messages.ts'
import { isElastic, torchrunArguments } from './torchrun.ts'

/** VERITUNE_PYTHON, else that of the environment which VeriTune installed, else python3. */
export function pythonProgram(environment = process.env): string {
  const named = environment.VERITUNE_PYTHON ?? installedPython(environment.VERITUNE_TORCH_ENVIRONMENT)
  return named ?? (process.platform === 'win32' ? 'python' : 'python3')
}

/** The folder with the package: VERITUNE_NATIVE, else the checkout's own, seen from the source or from the bundle, else the desktop package's. */
function packageFolder(): string {
  const candidates = ['../../../../native', '../../native', '../native'].map((path) => join(import.meta.dirname, path))
  const found = process.env.VERITUNE_NATIVE ?? candidates.find((folder) => existsSync(join(folder, 'veritune_engine')))
  return found ?? candidates[0]!
}

/** A socket on which one engine at a time may call: it has to know the token. One on the loopback leaves nothing behind, however it ends. */
export class EngineListener {
  readonly token = randomBytes(32).toString('hex')
  readonly #server: Server
  readonly #folder: string | null
  #address = ''

  /** onFrame: every frame after the hello. onLink: the engine's connection, once it has said who it is. */
  constructor(onLink: (link: Socket) => void, onFrame: (frame: Frame) => void, isLoopback = process.platform === 'win32') {
    // Only its owner may enter the folder. Node's Unix sockets are named pipes on Windows, which Python does not open: there it is the loopback.
    this.#folder = isLoopback ? null : mkdtempSync(join(tmpdir(), 'veritune-socket-'))
    this.#server = createServer((link) => greet(link, this.token, onLink, onFrame))
  }

  async open(): Promise<void> {
    const path = this.#folder === null ? null : join(this.#folder, 'socket')
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      if (path === null) this.#server.listen(0, '127.0.0.1', resolve)
      else this.#server.listen(path, resolve)
    })
    const address = this.#server.address()
    this.#address = typeof address === 'object' && address !== null ? `tcp:127.0.0.1:${address.port}` : `unix:${path}`
    this.#server.unref()
  }

  get environment(): Record<string, string> {
    return { VERITUNE_ENGINE_ADDRESS: this.#address, VERITUNE_ENGINE_TOKEN: this.token }
  }

  close(): void {
    this.#server.close()
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true })
  }
}

function greet(link: Socket, token: string, onLink: (link: Socket) => void, onFrame: (frame: Frame) => void): void {
  const reader = new FrameReader()
  let isKnown = false
  // Its end is the process's end, which has more to say.
  link.on('error', () => {})
  link.on('data', (chunk: Buffer) => {
    try {
      for (const frame of reader.push(chunk)) {
        if (isKnown) onFrame(frame)
        else {
          const hello = readHello(frame.header)
          if (hello?.token !== token || hello.protocol !== PROTOCOL) return void link.destroy()
          isKnown = true
          onLink(link)
        }
      }
    } catch (error) {
      process.stderr.write(`The engine sent what is no frame of it: ${(error as Error).message}\n`)
      link.destroy()
    }
  })
}

const ENVIRONMENT = {
  // Weights come from folders alone: nothing is to be looked up on a hub.
  HF_HUB_OFFLINE: '1',
  TOKENIZERS_PARALLELISM: 'false',
  // Cards are counted as nvidia-smi counts them, not the fastest first.
  CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
  // Threads that wait by spinning take the processor from those that work, as soon as others want it too.
  OMP_WAIT_POLICY: 'PASSIVE',
  // Each start of torchrun's processes has a store of its own: in a shared one they find the addresses of those that are gone.
  TORCH_DISABLE_SHARE_RDZV_TCP_STORE: '1',
}

/** Its stdout is its stderr. Several processes are torchrun's, in a group of their own: Ctrl-C of a terminal is the trainer's to answer. */
export function startPython(environment: Record<string, string>, processes: number): ChildProcess {
  const known = process.env.PYTHONPATH ?? ''
  const path = known === '' ? packageFolder() : `${packageFolder()}${delimiter}${known}`
  return spawn(pythonProgram(), [...torchrunArguments(processes), '-m', 'veritune_engine'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: isElastic(processes),
    env: { ...ENVIRONMENT, ...process.env, PYTHONPATH: path, PYTHONUNBUFFERED: '1', ...environment },
  })
}

/** Why a program did not even start. */
export function failureOfStart(error: NodeJS.ErrnoException): Error {
  const isMissing = error.code === 'ENOENT' || error.code === 'EACCES'
  return isMissing ? new Failure('python.missing', { python: pythonProgram() }, { cause: error }) : error
}
