/**
 * Several microbatches at once, each on one thread, instead of one on all threads. A small model's graph has a thousand short nodes, and threads that
 * share each of them mostly wait for each other. Measured on two cores, 5 M parameters: 1.13 times as fast on a quiet machine, 1.6 on a busy one
 * (docs/lab-notes.md). A result does not depend on the lane that made it.
 */
import type { ModelConfig } from '../model/config.ts'
import { MERGED, type BaseForm } from '../model/llama.ts'
import type { BaseTensors } from '../model/weights.ts'
import { enterPlace } from '../place.ts'
import { graphName } from './compiled-graphs.ts'
import { LocalLane, type Lane, type LaneJob, type TensorSet } from './lane.ts'
import { ThreadLane } from './thread-lane.ts'

/** Each lane holds the activations of a microbatch. Above this, one microbatch fills all threads, and memory is dear. */
const MOST_PARAMETERS = 150e6
/** A minibatch has few microbatches. */
const MOST_LANES = 4

/** How many lanes a model of so many parameters is trained in. */
export function laneCount(parameterCount: number, threads: number): number {
  return parameterCount > MOST_PARAMETERS ? 1 : Math.min(threads, MOST_LANES)
}

export class Lanes {
  readonly count: number
  readonly #config: ModelConfig
  readonly #threads: number
  readonly #form: BaseForm
  readonly #sets = new Map<TensorSet, BaseTensors>()
  /** null before the first job. */
  #idle: Lane[] | null = null
  readonly #all: Lane[] = []
  readonly #waiting: ((lane: Lane) => void)[] = []
  readonly #running: string[] = []

  /** With more than one lane, all shared tensors are to lie in shared memory: see sharedTensors(). */
  constructor(config: ModelConfig, threads: number, count: number, form = MERGED) {
    this.#config = config
    this.#form = form
    this.count = count
    this.#threads = Math.max(1, Math.floor(threads / count))
  }

  /** Arrays that stay where they are, for all later jobs. */
  share(set: TensorSet, tensors: BaseTensors): void {
    if (this.#sets.get(set) === tensors) return
    this.#sets.set(set, tensors)
    for (const lane of this.#all) lane.share(set, tensors)
  }

  /** Waits for a lane and runs the job there; its outputs as fresh arrays. */
  async run(job: LaneJob): Promise<Record<string, Float32Array>> {
    this.#idle ??= this.#start()
    const lane = this.#idle.pop() ?? (await new Promise<Lane>((resolve) => this.#waiting.push(resolve)))
    const name = graphName(job.key)
    this.#enter(() => this.#running.push(name))
    try {
      return await lane.run(job)
    } finally {
      this.#enter(() => this.#running.splice(this.#running.indexOf(name), 1))
      const next = this.#waiting.shift()
      if (next === undefined) this.#idle.push(lane)
      else next(lane)
    }
  }

  async release(): Promise<void> {
    for (const lane of this.#all.splice(0)) await lane.release()
    this.#idle = null
  }

  /** A crash ends all lanes: any of the graphs that run may have caused it. */
  #enter(change: () => void): void {
    change()
    if (this.count > 1 && this.#running.length > 0) enterPlace(this.#running.join(' beside '))
  }

  #start(): Lane[] {
    const settings = { config: this.#config, threads: this.#threads, form: this.#form }
    for (let i = 0; i < this.count; i++) {
      this.#all.push(this.count === 1 ? new LocalLane(settings) : new ThreadLane(settings))
    }
    for (const lane of this.#all) for (const [set, tensors] of this.#sets) lane.share(set, tensors)
    return [...this.#all]
  }
}
