/** What a lane's thread and its caller say to each other. Tensors of a set lie in shared memory: the message carries no numbers. */
import type { WireError } from '../engine-protocol.ts'
import type { ModelConfig } from '../model/config.ts'
import type { BaseForm } from '../model/llama.ts'
import type { BaseTensors } from '../model/weights.ts'
import type { LaneJob, TensorSet } from './lane.ts'

export interface LaneSettings {
  readonly config: ModelConfig
  readonly threads: number
  readonly form: BaseForm
}

export type ToLane = { readonly set: TensorSet; readonly tensors: BaseTensors } | { readonly job: LaneJob }

export type FromLane = { readonly result: Record<string, Float32Array> } | { readonly error: WireError }
