/** One microbatch as the arrays of a graph run; rows beyond its sequences are padding. */
import type { PromptedSequence } from '../engine.ts'
import { MASKED } from './model/attention.ts'
import { tokensOf, type Extent } from './model/train-graph.ts'
import type { TensorData } from './session.ts'

export class Microbatch {
  readonly #sequences: readonly PromptedSequence[]
  readonly #extent: Extent

  constructor(sequences: readonly PromptedSequence[], extent: Extent) {
    this.#sequences = sequences
    this.#extent = extent
  }

  /** What a graph is told of the tokens. */
  inputs(): Map<string, TensorData> {
    const { shared } = this.#extent
    return shared === null ? this.#wholeSequences() : this.#afterPrompts(shared)
  }

  /** One number per sequence -> one per completion token. */
  spread(numbers: readonly number[]): Float32Array {
    return Float32Array.from(this.#sequences.flatMap(({ completionTokens }, row) => completionTokens.map(() => numbers[row]!)))
  }

  /** [tokens] -> one array per sequence. */
  split(flat: Float32Array): Float32Array[] {
    let start = 0
    return this.#sequences.map(({ completionTokens }) => {
      const part = flat.slice(start, start + completionTokens.length)
      start += completionTokens.length
      return part
    })
  }

  #wholeSequences(): Map<string, TensorData> {
    const { length } = this.#extent
    const tokens = new BigInt64Array(tokensOf(this.#extent))
    this.#sequences.forEach(({ promptTokens, completionTokens }, row) => {
      ;[...promptTokens, ...completionTokens].forEach((token, i) => (tokens[row * length + i] = BigInt(token)))
    })
    return this.#picks((row, i) => row * length + this.#sequences[row]!.promptTokens.length + i - 1).set('tokens', tokens)
  }

  /** See shared-prompts.ts for what each input is. */
  #afterPrompts(shared: { readonly prompts: number; readonly length: number }): Map<string, TensorData> {
    const { batch, length } = this.#extent
    const placeOf = new Map<string, number>()
    const prompts = this.#sequences.map(({ promptTokens }) => {
      const key = promptTokens.join()
      if (!placeOf.has(key)) placeOf.set(key, placeOf.size)
      return placeOf.get(key)!
    })
    const firstOfRow = (row: number): number => shared.prompts * shared.length + row * length
    const [tokens, positions] = [0, 0].map(() => new BigInt64Array(tokensOf(this.#extent))) as [BigInt64Array, BigInt64Array]
    const promptOf = new BigInt64Array(batch)
    const rowsOf = new Float32Array(shared.prompts * batch)
    const padding = new Float32Array(batch * (shared.length + length))
    const put = (place: number, token: number, position: number): void => {
      tokens[place] = BigInt(token)
      positions[place] = BigInt(position)
    }
    this.#sequences.forEach(({ promptTokens, completionTokens }, row) => {
      const prompt = prompts[row]!
      promptOf[row] = BigInt(prompt)
      rowsOf[prompt * batch + row] = 1
      const start = row * (shared.length + length)
      padding.fill(MASKED, start + promptTokens.length, start + shared.length)
      promptTokens.forEach((token, i) => put(prompt * shared.length + i, token, i))
      completionTokens.slice(0, -1).forEach((token, i) => put(firstOfRow(row) + i, token, promptTokens.length + i))
    })
    // The first token is said at the prompt's end.
    const lastOfPrompt = (row: number): number => prompts[row]! * shared.length + this.#sequences[row]!.promptTokens.length - 1
    return this.#picks((row, i) => (i === 0 ? lastOfPrompt(row) : firstOfRow(row) + i - 1))
      .set('tokens', tokens)
      .set('positions', positions)
      .set('prompt_of', promptOf)
      .set('rows_of', rowsOf)
      .set('padding', padding)
  }

  /** Where each completion token is said, and which it is. Padding picks place 0, whose results nobody reads. */
  #picks(placeOf: (row: number, i: number) => number): Map<string, TensorData> {
    const [places, targets] = [0, 0].map(() => new BigInt64Array(this.#extent.picked)) as [BigInt64Array, BigInt64Array]
    let next = 0
    this.#sequences.forEach(({ completionTokens }, row) => {
      completionTokens.forEach((token, i) => {
        places[next] = BigInt(placeOf(row, i))
        targets[next] = BigInt(token)
        next++
      })
    })
    return new Map<string, TensorData>([
      ['places', places],
      ['targets', targets],
    ])
  }
}
