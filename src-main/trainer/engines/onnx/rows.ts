/** One completion while it is generated, and how a batch of them shrinks. */
import type { GenerateEvent, GenerateRequest, Sampling } from '../engine.ts'
import type { Kept } from './decode-cache.ts'
import { drawToken } from './sampler.ts'

/** Rows generated together; more prompts than fit are generated in turns. */
export const MAX_ROWS = 256
/** Sizes of a batch, in prompts and in rows of each prompt. Fewer sizes, fewer compiled graphs. */
const COUNTS = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
/** A batch shrinks only when it gets smaller than this share of its rows: a new size costs a compiled graph. */
const SHRINK_BELOW = 0.75

/** Shares of a row's next token, [vocabulary]; `plain` at temperature 1. */
export interface Shares {
  readonly tempered: Float32Array
  readonly plain: Float32Array
}

export class Row {
  readonly tokens: number[] = []
  isFinished = false
  readonly #request: number
  readonly #index: number
  readonly #seed: number
  readonly #oldLogprobs: number[] = []
  readonly #samplingLogprobs: number[] = []
  readonly #plainLogprobs: number[] = []
  /** Tokens that an event has told. */
  #toldCount = 0
  /** The end of the text, as long as a stop text could still begin in it. */
  #tail = ''

  constructor(request: number, index: number, seed: number) {
    this.#request = request
    this.#index = index
    this.#seed = seed
  }

  /** Draws the next token; returns what there is to tell: the whole completion when it is the last, or each token. `limit`: tokens of a completion. */
  draw(shares: Shares, sampling: Sampling, limit: number): GenerateEvent | null {
    const { token, samplingLogprob } = drawToken(shares.tempered, sampling, this.#seed, this.tokens.length)
    this.tokens.push(token)
    this.#oldLogprobs.push(Math.log(shares.tempered[token]!))
    this.#samplingLogprobs.push(samplingLogprob)
    this.#plainLogprobs.push(Math.log(shares.plain[token]!))
    this.isFinished = this.tokens.length >= limit || sampling.endTokens.includes(token) || this.#stops(token, sampling)
    return this.isFinished || sampling.isStreamed === true ? this.#event() : null
  }

  #stops(token: number, { stop }: Sampling): boolean {
    if (stop === undefined) return false
    this.#tail += stop.tokenTexts[token] ?? ''
    if (stop.texts.some((text) => this.#tail.includes(text))) return true
    const longest = Math.max(...stop.texts.map(({ length }) => length))
    this.#tail = this.#tail.slice(Math.max(0, this.#tail.length - longest))
    return false
  }

  /** What is new since the last one. */
  #event(): GenerateEvent {
    const start = this.#toldCount
    this.#toldCount = this.tokens.length
    return {
      request: this.#request,
      index: this.#index,
      tokens: this.tokens.slice(start),
      oldLogprobs: Float32Array.from(this.#oldLogprobs.slice(start)),
      samplingLogprobs: Float32Array.from(this.#samplingLogprobs.slice(start)),
      plainLogprobs: Float32Array.from(this.#plainLogprobs.slice(start)),
      isFinished: this.isFinished,
    }
  }
}

/** A prompt and those of its rows that have a place in the batch. */
export interface PromptRows {
  readonly prompt: readonly number[]
  readonly rows: readonly Row[]
}

export function promptRows({ prompt, seeds }: GenerateRequest, request: number): PromptRows {
  return { prompt, rows: seeds.map((seed, index) => new Row(request, index, seed)) }
}

export function paddedCount(count: number): number {
  return COUNTS.find((padded) => padded >= count) ?? count
}

/** What is left of a batch of prompts x group when finished rows leave; null while it is not worth while. */
export function shrunk(
  active: readonly PromptRows[],
  extent: { readonly prompts: number; readonly group: number },
): { readonly active: PromptRows[]; readonly kept: Kept[]; readonly prompts: number; readonly group: number } | null {
  const places = active.flatMap(({ rows }, place) => {
    const members = rows.flatMap(({ isFinished }, member) => (isFinished ? [] : [member]))
    return members.length === 0 ? [] : [{ place, members }]
  })
  const prompts = Math.min(extent.prompts, paddedCount(places.length))
  const group = Math.min(extent.group, paddedCount(Math.max(...places.map(({ members }) => members.length))))
  if (prompts * group >= SHRINK_BELOW * extent.prompts * extent.group) return null
  const left = places.map(({ place, members }) => {
    const { prompt, rows } = active[place]!
    return { prompt, rows: members.map((member) => rows[member]!) }
  })
  return { active: left, kept: places, prompts, group }
}
