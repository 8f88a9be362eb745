/** Where a graph over whole sequences is run: in this thread, or in one of its own. */
import type { Policy } from '../../engine.ts'
import type { BaseTensors } from '../model/weights.ts'
import type { TensorData } from '../session.ts'
import { CompiledGraphs, type GraphKey } from './compiled-graphs.ts'
import type { LaneSettings } from './lane-protocol.ts'

/** Sets of tensors that jobs name instead of bringing them. `trained`: adapter and value head, which every job may ask for. */
export type TensorSet = Policy | 'trained'

export interface LaneJob {
  readonly key: GraphKey
  readonly inputs: ReadonlyMap<string, TensorData>
  /** Asked for what is no input. */
  readonly weights: Policy
}

export interface Lane {
  /** Arrays that stay where they are, and are read there by later jobs. */
  share(set: TensorSet, tensors: BaseTensors): void
  /** The graph's outputs as fresh arrays. A lane runs one job at a time. */
  run(job: LaneJob): Promise<Record<string, Float32Array>>
  release(): Promise<void>
}

export class LocalLane implements Lane {
  readonly #graphs: CompiledGraphs
  readonly #sets = new Map<TensorSet, BaseTensors>()

  constructor({ config, threads, form }: LaneSettings) {
    this.#graphs = new CompiledGraphs(config, { threads, form })
  }

  share(set: TensorSet, tensors: BaseTensors): void {
    this.#sets.set(set, tensors)
  }

  async run({ key, inputs, weights }: LaneJob): Promise<Record<string, Float32Array>> {
    const stored = (set: TensorSet, name: string): TensorData | undefined => this.#sets.get(set)?.get(name)?.data
    const { arrays } = await this.#graphs.run(key, (name) => inputs.get(name) ?? stored(weights, name) ?? stored('trained', name))
    return arrays
  }

  release(): Promise<void> {
    return this.#graphs.release()
  }
}
