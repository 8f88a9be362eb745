/** Masks of LoRA dropout, drawn from seeds outside the graph: ONNX Runtime's own random nodes cannot be set back to where a run was. */
import { hashSeed } from '../../math/random.ts'
import type { ModelConfig } from './model/config.ts'
import { maskName } from './model/linear.ts'
import { tokensOf, type Extent } from './model/train-graph.ts'
import { linearLayers } from './model/weights.ts'
import type { TensorData } from './session.ts'

/** Chances are counted in 65,536ths, so that one draw serves two elements. */
const PARTS = 0x1_0000

/** The chance that masks really have: the setting to the nearest 65,536th. */
export function maskDropout(dropout: number): number {
  return Math.round(dropout * PARTS) / PARTS
}

/** [size] 1 = kept, 0 = dropped; each element by itself is dropped with the chance maskDropout(dropout). */
export function keptElements(size: number, dropout: number, seed: number): Uint8Array {
  const last = Math.round(dropout * PARTS) - 1
  const kept = new Uint8Array(size)
  // The numbers of createRandom, drawn in signed integers and without a call: 4 ns an element instead of 10. A step draws millions.
  let state = seed | 0
  for (let i = 0; i < size; i += 2) {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    t ^= t >>> 14
    // The sign bit of last - draw: 1 where the draw is beyond what is dropped. One element beyond an odd end is not stored.
    kept[i] = (last - (t >>> 16)) >>> 31
    kept[i + 1] = (last - (t & (PARTS - 1))) >>> 31
  }
  return kept
}

/** The masks of one optimizer step: one for each microbatch and adapted layer, the same whenever the step is taken again. */
export class DropoutMasks {
  readonly #config: ModelConfig
  readonly #dropout: number
  readonly #seeds: readonly (string | number)[]
  #microbatch = 0

  /** seeds: what tells this step from all others. */
  constructor(config: ModelConfig, dropout: number, seeds: readonly (string | number)[]) {
    this.#config = config
    this.#dropout = dropout
    this.#seeds = seeds
  }

  /** Adds the masks of the next microbatch to its inputs. */
  add(inputs: Map<string, TensorData>, extent: Extent): void {
    for (const layer of linearLayers(this.#config)) {
      const seed = hashSeed(...this.#seeds, this.#microbatch, layer.name)
      inputs.set(maskName(layer.name), keptElements(tokensOf(extent) * layer.inputs, this.#dropout, seed))
    }
    this.#microbatch++
  }
}
