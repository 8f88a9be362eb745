/** Batched generation over the prefill and decode graphs: seeded sampling, shared prompts, finished prompts leave the batch. */
import type { GenerateEvent, GenerateRequest, Sampling } from '../engine.ts'
import { DecodeCache, type PromptCache } from './decode-cache.ts'
import type { ModelConfig } from './model/config.ts'
import { buildDecodeGraph, buildPrefillGraph, type DecodeExtent } from './model/decode-graph.ts'
import { drawToken } from './sampler.ts'
import { Session, type TensorData } from './session.ts'

/** Prompts are padded to multiples of this; response caches grow by it. Fewer shapes, fewer compiled graphs. */
const PROMPT_STEP = 32
const RESPONSE_STEP = 48
/** Rows generated together; more prompts than fit are generated in turns. */
const MAX_ROWS = 256
/** Sizes of the batch, in prompts, between which it shrinks as prompts finish. */
const PROMPT_COUNTS = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]

/** Name of a base weight -> its array, the adapter merged in. */
export type MergedWeights = (name: string) => Float32Array

interface Row {
  readonly request: number
  readonly index: number
  readonly seed: number
  readonly tokens: number[]
  readonly logprobs: number[]
  isFinished: boolean
}

interface PromptRows {
  readonly prompt: readonly number[]
  readonly rows: readonly Row[]
}

export class Decoder {
  readonly #config: ModelConfig
  readonly #threads: number
  readonly #sessions = new Map<string, Promise<Session>>()

  constructor(config: ModelConfig, threads: number) {
    this.#config = config
    this.#threads = threads
  }

  /** Generates one completion per seed of each request. Every request of one call has the same number of seeds. */
  async generate(
    requests: readonly GenerateRequest[],
    sampling: Sampling,
    weights: MergedWeights,
    onEvent: (event: GenerateEvent) => void,
    stop: AbortSignal,
  ): Promise<void> {
    for (const group of new Set(requests.map(({ seeds }) => seeds.length))) {
      const chosen = requests.flatMap((request, i) => (request.seeds.length === group ? [{ request, i }] : []))
      const perTurn = Math.max(1, Math.floor(MAX_ROWS / Math.max(1, group)))
      for (let start = 0; start < chosen.length && group > 0 && !stop.aborted; start += perTurn) {
        const batch = chosen.slice(start, start + perTurn).map(({ request, i }) => promptRows(request, i))
        await this.#generateBatch(batch, group, sampling, weights, onEvent, stop)
      }
    }
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release()
    this.#sessions.clear()
  }

  async #generateBatch(
    all: readonly PromptRows[],
    group: number,
    sampling: Sampling,
    weights: MergedWeights,
    onEvent: (event: GenerateEvent) => void,
    stop: AbortSignal,
  ): Promise<void> {
    const scratch = new Float64Array(this.#config.vocabularySize)
    let active = [...all]
    const prefill = await this.#prefill(active, weights)
    const cache = new DecodeCache(this.#config, prefill.caches, group)
    for (const [place, { rows }] of active.entries()) {
      for (const row of rows) this.#say(row, prefill.logits(place), sampling, active[place]!.prompt.length, scratch, onEvent)
    }
    for (let t = 0; !stop.aborted; t++) {
      const kept = active.flatMap(({ rows }, place) => (rows.some((row) => !row.isFinished) ? [place] : []))
      if (kept.length === 0) return
      const prompts = PROMPT_COUNTS.find((count) => count >= kept.length) ?? kept.length
      if (prompts < cache.prompts) {
        cache.keep(kept, prompts)
        active = kept.map((place) => active[place]!)
      }
      cache.reserve(t + 1, RESPONSE_STEP)
      const logits = await this.#decode(active, cache, t, weights)
      active.forEach(({ prompt, rows }, place) => {
        rows.forEach((row, member) => {
          if (row.isFinished) return
          const at = (place * group + member) * this.#config.vocabularySize
          this.#say(row, logits.subarray(at, at + this.#config.vocabularySize), sampling, prompt.length, scratch, onEvent)
        })
      })
    }
  }

  /** Draws the row's next token and reports the completion when it is whole. */
  #say(
    row: Row,
    logits: Float32Array,
    sampling: Sampling,
    promptLength: number,
    scratch: Float64Array,
    onEvent: (event: GenerateEvent) => void,
  ): void {
    const { token, logprob } = drawToken(logits, sampling, row.seed, row.tokens.length, scratch)
    row.tokens.push(token)
    row.logprobs.push(logprob)
    const limit = Math.min(sampling.maxCompletionTokens, this.#config.maxPositions - promptLength)
    row.isFinished = sampling.endTokens.includes(token) || row.tokens.length >= limit
    if (!row.isFinished) return
    const { request, index, tokens } = row
    onEvent({ request, index, tokens, oldLogprobs: Float32Array.from(row.logprobs), isFinished: true })
  }

  async #prefill(
    active: readonly PromptRows[],
    weights: MergedWeights,
  ): Promise<{ caches: PromptCache; logits: (place: number) => Float32Array }> {
    const prompts = PROMPT_COUNTS.find((count) => count >= active.length) ?? active.length
    const length = Math.ceil(Math.max(...active.map(({ prompt }) => prompt.length)) / PROMPT_STEP) * PROMPT_STEP
    const session = await this.#session(`prefill ${prompts} x ${length}`, () =>
      buildPrefillGraph(this.#config, { prompts, length }),
    )
    const tokens = new BigInt64Array(prompts * length)
    const last = new BigInt64Array(prompts)
    active.forEach(({ prompt }, place) => {
      prompt.forEach((token, i) => (tokens[place * length + i] = BigInt(token)))
      last[place] = BigInt(place * length + prompt.length - 1)
    })
    const inputs: Record<string, TensorData> = { tokens, last }
    const results = await session.run((name) => inputs[name] ?? weights(name))
    const layers = Array.from({ length: this.#config.layerCount }, (_, layer) => layer)
    const vocabulary = this.#config.vocabularySize
    return {
      caches: {
        prompts,
        length,
        lengths: active.map(({ prompt }) => prompt.length),
        keys: layers.map((layer) => results[`keys:${layer}`]!),
        values: layers.map((layer) => results[`values:${layer}`]!),
      },
      logits: (place) => results.logits!.subarray(place * vocabulary, (place + 1) * vocabulary),
    }
  }

  /** Feeds token number t of every row; returns the logits of token t + 1, [rows, vocabulary]. */
  async #decode(active: readonly PromptRows[], cache: DecodeCache, t: number, weights: MergedWeights): Promise<Float32Array> {
    const extent: DecodeExtent = cache.extent
    const name = `decode ${extent.prompts} x ${extent.group}, ${extent.promptLength} + ${extent.responseLength}`
    const session = await this.#session(name, () => buildDecodeGraph(this.#config, extent))
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
    const results = await session.run((input) => inputs.get(input) ?? weights(input))
    cache.write(t, results.new_keys!, results.new_values!)
    return results.logits!
  }

  #session(name: string, build: () => ReturnType<typeof buildDecodeGraph>): Promise<Session> {
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const session = Session.create(build(), { threads: this.#threads, name })
    this.#sessions.set(name, session)
    return session
  }
}

function promptRows({ prompt, seeds }: GenerateRequest, request: number): PromptRows {
  return { prompt, rows: seeds.map((seed, index) => ({ request, index, seed, tokens: [], logprobs: [], isFinished: false })) }
}
