/** Batched generation over the prefill and decode graphs: seeded sampling, shared prompts, finished rows leave the batch. */
import type { GenerateEvent, GenerateRequest, Sampling } from '../engine.ts'
import { DecodeCache, type PromptCache } from './decode-cache.ts'
import type { ModelConfig } from './model/config.ts'
import { buildDecodeGraph, buildPrefillGraph } from './model/decode-graph.ts'
import { KEPT_BYTES, KeptSessions } from './kept-sessions.ts'
import { MERGED, type BaseForm } from './model/llama.ts'
import { MAX_ROWS, paddedCount, promptRows, shrunk, type PromptRows, type Shares } from './rows.ts'
import { Session, type TensorData } from './session.ts'

/** Prompts are padded to multiples of this; response caches grow by it. Fewer shapes, fewer compiled graphs. */
const PROMPT_STEP = 32
export const RESPONSE_STEP = 48
/** Padded prompt tokens that are read at once. */
const PREFILL_TOKENS = 2048

/** Name of a weight of the policy -> its array, in the form that the graphs were built for. */
export type PolicyWeights = (name: string) => TensorData

type OnEvent = (event: GenerateEvent) => void
/** Shares of row number `row` of a run's result. */
type SharesOf = (row: number) => Shares

export class Decoder {
  readonly #config: ModelConfig
  readonly #threads: number
  readonly #form: BaseForm
  readonly #sessions = new KeptSessions(KEPT_BYTES.decoding)

  constructor(config: ModelConfig, threads: number, form = MERGED) {
    this.#config = config
    this.#threads = threads
    this.#form = form
  }

  /** Generates one completion per seed of each request. Prompts of similar length are generated together. */
  async generate(
    requests: readonly GenerateRequest[],
    sampling: Sampling,
    weights: PolicyWeights,
    onEvent: OnEvent,
    stop: AbortSignal,
  ): Promise<void> {
    for (const group of new Set(requests.map(({ seeds }) => seeds.length))) {
      const chosen = requests
        .flatMap((request, i) => (request.seeds.length === group ? [promptRows(request, i)] : []))
        .sort((a, b) => a.prompt.length - b.prompt.length)
      const perTurn = Math.max(1, Math.floor(MAX_ROWS / Math.max(1, group)))
      for (let start = 0; start < chosen.length && group > 0 && !stop.aborted; start += perTurn) {
        await this.#generateBatch(chosen.slice(start, start + perTurn), group, sampling, weights, onEvent, stop)
      }
    }
  }

  async release(): Promise<void> {
    await this.#sessions.release()
  }

  async #generateBatch(
    all: readonly PromptRows[],
    group: number,
    sampling: Sampling,
    weights: PolicyWeights,
    onEvent: OnEvent,
    stop: AbortSignal,
  ): Promise<void> {
    let active = all
    const prefill = await this.#prefill(active, sampling, weights)
    const cache = new DecodeCache(this.#config, prefill.cache, group)
    active.forEach((part, place) => this.#draw(part, () => prefill.sharesOf(place), sampling, onEvent))
    for (let t = 0; !stop.aborted && active.some(({ rows }) => rows.some((row) => !row.isFinished)); t++) {
      const smaller = shrunk(active, cache.extent)
      if (smaller !== null) {
        cache.keep(smaller.kept, smaller.prompts, smaller.group)
        active = smaller.active
      }
      cache.reserve(t + 1, RESPONSE_STEP)
      const sharesOf = await this.#decode(active, cache, t, sampling, weights)
      const rowsOfPrompt = cache.extent.group
      active.forEach((part, place) => this.#draw(part, (member) => sharesOf(place * rowsOfPrompt + member), sampling, onEvent))
    }
  }

  /** Draws the next token of each row that still runs, and reports those that it ends. */
  #draw({ prompt, rows }: PromptRows, sharesOf: SharesOf, sampling: Sampling, onEvent: OnEvent): void {
    const limit = Math.min(sampling.maxCompletionTokens, this.#config.maxPositions - prompt.length)
    rows.forEach((row, member) => {
      const event = row.isFinished ? null : row.draw(sharesOf(member), sampling, limit)
      if (event !== null) onEvent(event)
    })
  }

  /** Reads each prompt once, some at a time. */
  async #prefill(
    active: readonly PromptRows[],
    sampling: Sampling,
    weights: PolicyWeights,
  ): Promise<{ cache: PromptCache; sharesOf: SharesOf }> {
    const { layerCount, vocabularySize, headSize, keyValueHeadCount } = this.#config
    const prompts = paddedCount(active.length)
    const length = Math.ceil(Math.max(...active.map(({ prompt }) => prompt.length)) / PROMPT_STEP) * PROMPT_STEP
    const block = keyValueHeadCount * length * headSize
    const empty = (): Float32Array[] => Array.from({ length: layerCount }, () => new Float32Array(prompts * block))
    const cache = { prompts, length, lengths: active.map(({ prompt }) => prompt.length), keys: empty(), values: empty() }
    const shares: SharesOf[] = []
    const atOnce = Math.min(prompts, Math.max(1, Math.floor(PREFILL_TOKENS / length)))
    for (let start = 0; start < active.length; start += atOnce) {
      const results = await this.#read(active.slice(start, start + atOnce), atOnce, length, sampling, weights)
      const count = Math.min(atOnce, prompts - start)
      for (let layer = 0; layer < layerCount; layer++) {
        cache.keys[layer]!.set(results[`keys:${layer}`]!.subarray(0, count * block), start * block)
        cache.values[layer]!.set(results[`values:${layer}`]!.subarray(0, count * block), start * block)
      }
      const sharesOf = sharesIn(results, vocabularySize)
      for (let place = 0; place < count; place++) shares.push(() => sharesOf(place))
    }
    return { cache, sharesOf: (place) => shares[place]!(place) }
  }

  async #read(
    chosen: readonly PromptRows[],
    prompts: number,
    length: number,
    sampling: Sampling,
    weights: PolicyWeights,
  ): Promise<Record<string, Float32Array>> {
    const isTempered = sampling.temperature !== 1
    const session = await this.#session(`prefill ${prompts} x ${length}`, isTempered, () =>
      buildPrefillGraph(this.#config, { prompts, length }, isTempered, this.#form),
    )
    const tokens = new BigInt64Array(prompts * length)
    const last = new BigInt64Array(prompts)
    chosen.forEach(({ prompt }, place) => {
      prompt.forEach((token, i) => (tokens[place * length + i] = BigInt(token)))
      last[place] = BigInt(place * length + prompt.length - 1)
    })
    const inputs: Record<string, TensorData> = { tokens, last, inverse_temperature: Float32Array.of(1 / sampling.temperature) }
    return session.run((name) => inputs[name] ?? weights(name))
  }

  /** Feeds token number t of every row; returns the shares of token t + 1. */
  async #decode(
    active: readonly PromptRows[],
    cache: DecodeCache,
    t: number,
    sampling: Sampling,
    weights: PolicyWeights,
  ): Promise<SharesOf> {
    const { extent } = cache
    const isTempered = sampling.temperature !== 1
    const name = `decode ${extent.prompts} x ${extent.group}, ${extent.promptLength} + ${extent.responseLength}`
    const session = await this.#session(name, isTempered, () => buildDecodeGraph(this.#config, extent, isTempered, this.#form))
    const rows = extent.prompts * extent.group
    const tokens = new BigInt64Array(rows)
    const positions = new BigInt64Array(rows)
    active.forEach(({ prompt, rows: members }, place) => {
      members.forEach((row, member) => {
        const at = place * extent.group + member
        tokens[at] = BigInt(row.tokens[Math.min(t, row.tokens.length - 1)]!)
        positions[at] = BigInt(Math.min(prompt.length + t, this.#config.maxPositions - 1))
      })
    })
    const inputs = cache.inputs(t)
    inputs.set('tokens', tokens).set('positions', positions)
    inputs.set('inverse_temperature', Float32Array.of(1 / sampling.temperature))
    const results = await session.run((input) => inputs.get(input) ?? weights(input))
    cache.write(t, results.new_keys!, results.new_values!)
    return sharesIn(results, this.#config.vocabularySize)
  }

  #session(shape: string, isTempered: boolean, build: () => ReturnType<typeof buildDecodeGraph>): Promise<Session> {
    const name = isTempered ? `${shape}, tempered` : shape
    return this.#sessions.get(name, () => Session.create(build(), { threads: this.#threads, name }))
  }
}

function sharesIn({ shares, plain_shares: plain }: Record<string, Float32Array>, vocabulary: number): SharesOf {
  const row = (all: Float32Array, at: number): Float32Array => all.subarray(at * vocabulary, (at + 1) * vocabulary)
  return (at) => {
    const tempered = row(shares!, at)
    return { tempered, plain: plain === undefined ? tempered : row(plain, at) }
  }
}
