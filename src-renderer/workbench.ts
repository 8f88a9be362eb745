/**
 * The only file that touches the bridge to the workbench: `window.veritune` in the desktop, a WebSocket at /api of the same origin in a browser.
 * Both speak the one typed map of methods and events in contract/api.
 */
import type { Api, ApiEvents } from '#contract/api'
import type { PathKind, VerituneBridge } from '#contract/desktop-bridge'

export type Connection = 'connecting' | 'open' | 'lost'
type Method = keyof Api
type EventName = keyof ApiEvents

export class WorkbenchError extends Error {
  readonly code: string
  readonly remedy: string
  /** The setting that is wrong, as a dotted path, or null. */
  readonly field: string | null

  constructor({ code, message, remedy = '', field = null }: ErrorRecord) {
    super(message)
    this.name = 'WorkbenchError'
    this.code = code
    this.remedy = remedy
    this.field = field
  }
}

interface ErrorRecord {
  readonly code: string
  readonly message: string
  readonly remedy?: string
  readonly field?: string | null
}

interface Bridge {
  call(method: string, args: readonly unknown[]): Promise<unknown>
  onEvent(listener: (event: string, payload: unknown) => void): void
  onConnection(listener: (connection: Connection) => void): void
}

class Workbench {
  connection: Connection = 'connecting'
  readonly #bridge: Bridge
  readonly #listeners = new Map<string, Set<(payload: never) => void>>()
  readonly #connectionListeners = new Set<(connection: Connection) => void>()

  constructor(bridge: Bridge) {
    this.#bridge = bridge
    bridge.onEvent((event, payload) => {
      for (const listener of this.#listeners.get(event) ?? []) listener(payload as never)
    })
    bridge.onConnection((connection) => {
      this.connection = connection
      for (const listener of this.#connectionListeners) listener(connection)
    })
  }

  /** Throws WorkbenchError when the workbench refuses, and `connection.lost` when it cannot be reached. */
  async call<M extends Method>(method: M, ...args: Parameters<Api[M]>): Promise<Awaited<ReturnType<Api[M]>>> {
    return (await this.#bridge.call(method, args)) as Awaited<ReturnType<Api[M]>>
  }

  /** Returns what ends the listening. */
  on<E extends EventName>(event: E, listener: (payload: ApiEvents[E]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  onConnection(listener: (connection: Connection) => void): () => void {
    this.#connectionListeners.add(listener)
    return () => void this.#connectionListeners.delete(listener)
  }
}

/** Waits between attempts to connect again. */
const BACKOFF_MS = [250, 500, 1000, 2000, 4000]

class SocketBridge implements Bridge {
  #socket: WebSocket | null = null
  #attempt = 0
  #nextId = 1
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  #waiting: (() => void)[] = []
  #eventListener: (event: string, payload: unknown) => void = () => {}
  #connectionListener: (connection: Connection) => void = () => {}

  constructor() {
    this.#connect()
    // A laptop that wakes up should not wait for the longest pause.
    addEventListener('online', () => this.#connect())
  }

  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#socket?.readyState !== WebSocket.OPEN) await this.#opened()
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#socket!.send(JSON.stringify({ id, method, args }))
    })
  }

  onEvent(listener: (event: string, payload: unknown) => void): void {
    this.#eventListener = listener
  }

  onConnection(listener: (connection: Connection) => void): void {
    this.#connectionListener = listener
  }

  /** Resolves with the next open connection; rejects after a while, so that no button waits for ever. */
  #opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(connectionLost()), 5000)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #connect(): void {
    if (this.#socket && this.#socket.readyState <= WebSocket.OPEN) return
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api`)
    this.#socket = socket
    socket.onopen = () => {
      this.#attempt = 0
      this.#connectionListener('open')
      for (const go of this.#waiting.splice(0)) go()
    }
    socket.onmessage = ({ data }) => this.#receive(String(data))
    socket.onclose = () => this.#lost(socket)
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket) return
    for (const { reject } of this.#pending.values()) reject(connectionLost())
    this.#pending.clear()
    this.#connectionListener('lost')
    const pause = BACKOFF_MS[Math.min(this.#attempt++, BACKOFF_MS.length - 1)]!
    setTimeout(() => this.#connect(), pause)
  }

  #receive(text: string): void {
    const message = JSON.parse(text) as { id?: number; result?: unknown; error?: ErrorRecord; event?: string; payload?: unknown }
    if (message.event !== undefined) return this.#eventListener(message.event, message.payload)
    const call = this.#pending.get(message.id ?? 0)
    if (!call) return
    this.#pending.delete(message.id!)
    if (message.error) call.reject(new WorkbenchError(message.error))
    else call.resolve(message.result)
  }
}

function connectionLost(): WorkbenchError {
  return new WorkbenchError({
    code: 'connection.lost',
    message: 'The workbench cannot be reached.',
    remedy: 'It is tried again by itself; if it was closed, start it again. Runs go on meanwhile.',
  })
}

/** The desktop's line is never lost: it ends with the window. */
class WindowBridge implements Bridge {
  readonly #desktop: VerituneBridge

  constructor(desktop: VerituneBridge) {
    this.#desktop = desktop
  }

  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    const answer = (await this.#desktop.call(method, args)) as { result: unknown } | { error: ErrorRecord }
    if ('error' in answer) throw new WorkbenchError(answer.error)
    return answer.result
  }

  onEvent(listener: (event: string, payload: unknown) => void): void {
    this.#desktop.onEvent(listener)
  }

  onConnection(listener: (connection: Connection) => void): void {
    listener('open')
  }
}

const { veritune } = globalThis as { veritune?: VerituneBridge }
export const workbench = new Workbench(veritune === undefined ? new SocketBridge() : new WindowBridge(veritune))

/** What only the desktop can do with files; null in a browser, which tells no page where a file lies. */
export const desktopFiles: {
  choosePath(kind: PathKind): Promise<string | null>
  /** '' for a file that lies on no disk. */
  pathOf(file: File): string
} | null = veritune ?? null

/** The desktop's menu and its notifications; null in a browser. */
export const desktopMenu: Pick<VerituneBridge, 'onCommand'> | null = veritune ?? null
