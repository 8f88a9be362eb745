/**
 * The only file that touches the bridge to the workbench: `window.veritune` in the desktop, a WebSocket at /api of the same origin in a browser.
 * Both speak the one typed map of methods and events in contract/api.
 */
import type { Api, ApiEvents } from '#contract/api'
import type { PathKind, VerituneBridge } from '#contract/desktop-bridge'
import { PendingCalls } from './calls/pending-calls.ts'
import { notReached, WorkbenchError, type ErrorRecord } from './calls/workbench-error.ts'

export { WorkbenchError }

/** `refused`: the workbench is there, and knows this page no more. */
export type Connection = 'connecting' | 'open' | 'lost' | 'refused'
type Method = keyof Api
type EventName = keyof ApiEvents

interface Bridge {
  call(method: string, args: readonly unknown[]): Promise<unknown>
  onEvent(listener: (event: string, payload: unknown) => void): void
  onConnection(listener: (connection: Connection) => void): void
  /** Methods that were asked and are not answered yet. */
  readonly unanswered: readonly string[]
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

  get unanswered(): readonly string[] {
    return this.#bridge.unanswered
  }

  /**
   * Throws WorkbenchError when the workbench refuses, and `connection.lost` when it cannot be reached. A call whose line is cut waits for the next one and is
   * asked again there.
   */
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
/** HTTP status for whoever holds no session of this workbench. */
const FORBIDDEN = 403

class SocketBridge implements Bridge {
  #socket: WebSocket | null = null
  #attempt = 0
  readonly #pending = new PendingCalls()
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
    return this.#pending.send(method, args, (text) => this.#socket!.send(text))
  }

  get unanswered(): readonly string[] {
    return this.#pending.methods
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
      const timer = setTimeout(() => reject(notReached()), 5000)
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
      this.#pending.sendAgain((text) => socket.send(text))
      this.#connectionListener('open')
      for (const go of this.#waiting.splice(0)) go()
    }
    socket.onmessage = ({ data }) => this.#receive(String(data))
    socket.onclose = () => this.#lost(socket)
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket) return
    this.#pending.lose()
    this.#connectionListener('lost')
    if (this.#attempt > 0) void this.#lookWhetherRefused(socket)
    const pause = BACKOFF_MS[Math.min(this.#attempt++, BACKOFF_MS.length - 1)]!
    setTimeout(() => this.#connect(), pause)
  }

  /** A WebSocket does not say why it did not open; the page's own address does. */
  async #lookWhetherRefused(socket: WebSocket): Promise<void> {
    const status = await fetch('/', { method: 'HEAD', cache: 'no-store' }).then(
      (response) => response.status,
      () => 0,
    )
    if (status === FORBIDDEN && socket === this.#socket) this.#connectionListener('refused')
  }

  #receive(text: string): void {
    const message = JSON.parse(text) as { id?: number; result?: unknown; error?: ErrorRecord; event?: string; payload?: unknown }
    if (message.event !== undefined) this.#eventListener(message.event, message.payload)
    else this.#pending.answer(message)
  }
}

/** The desktop's line is never lost: it ends with the window. */
class WindowBridge implements Bridge {
  readonly unanswered: readonly string[] = []
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
