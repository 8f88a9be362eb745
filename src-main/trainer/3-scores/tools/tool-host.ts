/** Runs boxes from a small process of their own. Start it before anything large is loaded. */
import { fork, type ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Runner, SandboxJob, SandboxResult } from './sandbox.ts'

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
  readonly #child: ChildProcess
  readonly #slots: number
  readonly #waiting: Waiting[] = []
  readonly #running = new Map<number, Waiting>()
  #lastId = 0
  #end: Error | null = null

  /** `slots`: boxes at the same time. */
  constructor(bwrapPath: string, toolFolders: readonly string[], slots = Math.max(1, availableParallelism())) {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const entry = fileURLToPath(new URL(`./tool-host-worker.${extension}`, import.meta.url))
    this.#slots = slots
    this.#child = fork(entry, [bwrapPath, ...toolFolders], { serialization: 'advanced', env: {} })
    this.#child.on('message', (answer: ToolAnswer) => this.#settle(answer))
    this.#child.on('exit', (code) => this.#fail(new Error(`the tool host ended (${code})`)))
    this.#child.on('error', (error) => this.#fail(error))
  }

  run(job: SandboxJob): Promise<SandboxResult> {
    if (this.#end !== null) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    if (this.#end !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.disconnect()
    await ended
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

  #fail(error: Error): void {
    this.#end ??= error
    for (const { reject } of [...this.#running.values(), ...this.#waiting.splice(0)]) reject(error)
    this.#running.clear()
  }
}
