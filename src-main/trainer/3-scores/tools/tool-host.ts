/** Runs boxes from a small process of their own. Start it before anything large is loaded. */
import { fork, type ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Runner, SandboxJob, SandboxPlace, SandboxResult } from './sandbox.ts'

export interface ToolCall {
  readonly id: number
  readonly job: SandboxJob
}
export type ToolAnswer = { readonly id: number; readonly result: SandboxResult } | { readonly id: number; readonly error: string }

interface Waiting {
  readonly job: SandboxJob
  resolve(result: SandboxResult): void
  reject(error: Error): void
}

export class ToolHost implements Runner {
  readonly #place: SandboxPlace
  readonly #slots: number
  readonly #waiting: Waiting[] = []
  readonly #running = new Map<number, Waiting>()
  #child: ChildProcess
  #lastId = 0
  #isClosed = false

  /** `slots`: boxes at the same time; one more than processors, because a box begins and ends with waiting. */
  constructor(place: SandboxPlace, slots = availableParallelism() + 1) {
    this.#place = place
    this.#slots = slots
    this.#child = this.#start()
  }

  /** Rejects when the host dies under the job or is closed. */
  run(job: SandboxJob): Promise<SandboxResult> {
    if (this.#isClosed) return Promise.reject(new Error('the tool host is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    if (this.#child.connected) this.#child.disconnect()
    await ended
  }

  #start(): ChildProcess {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const entry = fileURLToPath(new URL(`./tool-host-worker.${extension}`, import.meta.url))
    // A session of its own: no terminal to write to, and a weight of its own.
    const child = fork(entry, [JSON.stringify(this.#place)], { serialization: 'advanced', env: {}, detached: true })
    child.on('message', (answer: ToolAnswer) => this.#settle(answer))
    child.on('exit', (code, signal) => this.#replace(child, new Error(`the tool host ended (${signal ?? code})`)))
    child.on('error', (error) => this.#replace(child, error))
    return child
  }

  #next(): void {
    while (this.#running.size < this.#slots) {
      const waiting = this.#waiting.shift()
      if (waiting === undefined) return
      const id = ++this.#lastId
      this.#running.set(id, waiting)
      this.#child.send({ id, job: waiting.job } satisfies ToolCall)
    }
  }

  #settle(answer: ToolAnswer): void {
    const waiting = this.#running.get(answer.id)
    this.#running.delete(answer.id)
    if ('result' in answer) waiting?.resolve(answer.result)
    else waiting?.reject(new Error(answer.error))
    this.#next()
  }

  /** What was under way is lost; what waits goes to a new host. */
  #replace(child: ChildProcess, error: Error): void {
    if (child !== this.#child) return
    const lost = [...this.#running.values()]
    this.#running.clear()
    if (this.#isClosed) lost.push(...this.#waiting.splice(0))
    else this.#child = this.#start()
    for (const { reject } of lost) reject(error)
    this.#next()
  }
}
