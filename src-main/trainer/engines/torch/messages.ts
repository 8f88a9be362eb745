/** What the trainer asks of the Python engine and what it may answer, as frames. Fields on the wire are snake_case; this file translates. */
import { z } from 'zod'
import { Failure, FAILURES, type FailureCode } from '#contract/failure'
import type { Minibatch, Objective, TrainingSequence, UpdateStats } from '../../flow.ts'
import type {
  EngineInfo,
  EngineSettings,
  GenerateEvent,
  GenerateRequest,
  LargestLoad,
  Policy,
  ProbeResult,
  PromptedSequence,
  Sampling,
  TorchSettings,
} from '../engine.ts'
import type { WireArray } from './frames.ts'

export const PROTOCOL = 2

/** A call without its number: header fields and arrays. */
export interface Call {
  readonly header: { readonly call: string } & Readonly<Record<string, unknown>>
  readonly arrays: readonly WireArray[]
}

export function openCall(settings: EngineSettings, torch: TorchSettings): Call {
  const { device, precision, quantization = 'none', sharding = 'none' } = torch
  const { modelFolder, lora, hasValueHead, optimizer, microbatchSize, isCheckpointed = false, seed, threads } = settings
  const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = optimizer
  const sent = {
    ...{
      modelFolder,
      lora,
      hasValueHead,
      microbatchSize,
      isCheckpointed,
      seed,
      threads,
      device,
      precision,
      quantization,
      sharding,
    },
    optimizer: { beta1, beta2, epsilon, weightDecay, maxGradNorm, is8Bit: torch.optimizer === 'adamw8bit' },
  }
  return { header: { call: 'open', settings: snakeCased(sent) }, arrays: [] }
}

export function generateCall(requests: readonly GenerateRequest[], sampling: Sampling, policy: Policy): Call {
  const { stop = null, ...rest } = sampling
  return {
    header: {
      call: 'generate',
      seeds: requests.map(({ seeds }) => seeds),
      sampling: snakeCased({ ...rest, stop }),
      policy,
    },
    arrays: [Int32Array.from(requests.flatMap(({ prompt }) => prompt)), Int32Array.from(requests, ({ prompt }) => prompt.length)],
  }
}

export function logprobsCall(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Call {
  return { header: { call: 'logprobs', policy, temperature }, arrays: sequenceArrays(sequences) }
}

export function valuesCall(sequences: readonly PromptedSequence[]): Call {
  return { header: { call: 'values' }, arrays: sequenceArrays(sequences) }
}

/** What is missing is 0, as in objective.ts. */
export function updateCall({ sequences }: Minibatch, objective: Objective): Call {
  const join = (pick: (sequence: TrainingSequence) => Float32Array | null): Float32Array =>
    joined(sequences.map((sequence) => pick(sequence) ?? new Float32Array(sequence.completionTokens.length)))
  return {
    header: { call: 'update', objective: snakeCased(objective) },
    arrays: [
      ...sequenceArrays(sequences),
      Float32Array.from(sequences, ({ weight }) => weight),
      join(({ oldLogprobs }) => oldLogprobs),
      join(({ refLogprobs }) => refLogprobs),
      join(({ advantages }) => advantages),
      join(({ returns }) => returns),
      join(({ oldValues }) => oldValues),
    ],
  }
}

export function probeCall(load: LargestLoad): Call {
  return { header: { call: 'probe', load: snakeCased(load) }, arrays: [] }
}

export function saveCall(directory: string): Call {
  return { header: { call: 'save', directory }, arrays: [] }
}

/** alpha: of the adapter in the folder; null where all weights are trained. */
export function loadCall(directory: string, alpha: number | null): Call {
  return { header: { call: 'load', directory, alpha }, arrays: [] }
}

/** One [completion tokens] array per sequence, from all of them end to end. */
export function splitByCompletion(sequences: readonly PromptedSequence[], arrays: readonly WireArray[]): Float32Array[] {
  const [flat] = arrays
  const total = sequences.reduce((sum, { completionTokens }) => sum + completionTokens.length, 0)
  if (!(flat instanceof Float32Array) || flat.length !== total)
    throw new Error(`${total} numbers were asked for, not ${flat?.length}`)
  let start = 0
  return sequences.map(({ completionTokens }) => flat.slice(start, (start += completionTokens.length)))
}

const wireErrorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('failure'), code: z.string(), facts: z.record(z.string(), z.union([z.string(), z.number()])) }),
  z.object({ kind: z.literal('error'), message: z.string(), stack: z.string() }),
])

const helloSchema = z.object({
  hello: z.object({ protocol: z.int(), token: z.string(), process_id: z.int(), epoch: z.int().min(0) }),
})

const eventSchema = z.object({ request: z.int().min(0), index: z.int().min(0), is_finished: z.boolean() })
const usage = { resident_bytes: z.number(), device_bytes: z.number().nullable() }

const answerSchema = z.union([
  z.object({ place: z.string() }),
  z.object({ id: z.int(), event: eventSchema }),
  z.object({ id: z.int(), ...usage, error: wireErrorSchema }),
  z.object({ id: z.int(), ...usage, result: z.unknown() }),
])
export type Answer = z.infer<typeof answerSchema>
export type Hello = z.infer<typeof helloSchema>['hello']

/** Throws where the frame is none that an engine may send. */
export function readAnswer(header: unknown): Answer {
  return answerSchema.parse(header)
}

export function readHello(header: unknown): Hello | null {
  return helloSchema.safeParse(header).data?.hello ?? null
}

const infoSchema = z.object({
  name: z.string(),
  device: z.string(),
  dtype: z.string(),
  context_length: z.int(),
  vocabulary_size: z.int(),
  parameter_count: z.int(),
  trainable_count: z.int(),
  has_value_head: z.boolean(),
})

export function readInfo(result: unknown): EngineInfo {
  const info = infoSchema.parse(result)
  return {
    name: info.name,
    device: info.device,
    dtype: info.dtype,
    contextLength: info.context_length,
    vocabularySize: info.vocabulary_size,
    parameterCount: info.parameter_count,
    trainableCount: info.trainable_count,
    hasValueHead: info.has_value_head,
  }
}

const probeSchema = z.object({ peak_bytes: z.number(), microbatch_seconds: z.number() })

export function readProbe(result: unknown): ProbeResult {
  const { peak_bytes: peakBytes, microbatch_seconds: microbatchSeconds } = probeSchema.parse(result)
  return { peakBytes, microbatchSeconds }
}

const number = z.number()
const statsSchema = z.object({
  loss: number,
  policy_loss: number,
  value_loss: number,
  entropy: number,
  kl: number,
  approx_kl: number,
  ratio: number,
  clip_ratio_low: number,
  clip_ratio_high: number,
  clip_ratio_dual: number,
  grad_norm: number,
  token_count: number,
})

export function readStats(result: unknown): UpdateStats {
  const stats = statsSchema.parse(result)
  return {
    loss: stats.loss,
    policyLoss: stats.policy_loss,
    valueLoss: stats.value_loss,
    entropy: stats.entropy,
    kl: stats.kl,
    approxKl: stats.approx_kl,
    ratio: stats.ratio,
    clipRatioLow: stats.clip_ratio_low,
    clipRatioHigh: stats.clip_ratio_high,
    clipRatioDual: stats.clip_ratio_dual,
    gradNorm: stats.grad_norm,
    tokenCount: stats.token_count,
  }
}

export function readEvent(
  { request, index, is_finished: isFinished }: z.infer<typeof eventSchema>,
  arrays: readonly WireArray[],
): GenerateEvent {
  const [tokens, oldLogprobs, samplingLogprobs, plainLogprobs] = arrays
  const isWhole = [oldLogprobs, samplingLogprobs, plainLogprobs].every(
    (array) => array instanceof Float32Array && array.length === tokens?.length,
  )
  if (!(tokens instanceof Int32Array) || !isWhole) throw new Error('an event of another form')
  const floats = { oldLogprobs, samplingLogprobs, plainLogprobs } as Pick<
    GenerateEvent,
    'oldLogprobs' | 'samplingLogprobs' | 'plainLogprobs'
  >
  return { request, index, tokens: [...tokens], ...floats, isFinished }
}

export function errorOf(error: z.infer<typeof wireErrorSchema>): Error {
  if (error.kind === 'failure' && Object.hasOwn(FAILURES, error.code)) return new Failure(error.code as FailureCode, error.facts)
  const message = error.kind === 'failure' ? `an unknown failure of the engine: ${error.code}` : error.message
  const copy = new Error(message)
  if (error.kind === 'error') copy.stack = error.stack
  return copy
}

/** Tokens of prompts and completions end to end, and the lengths of both. */
function sequenceArrays(sequences: readonly PromptedSequence[]): Int32Array[] {
  return [
    Int32Array.from(sequences.flatMap(({ promptTokens, completionTokens }) => [...promptTokens, ...completionTokens])),
    Int32Array.from(sequences, ({ promptTokens }) => promptTokens.length),
    Int32Array.from(sequences, ({ completionTokens }) => completionTokens.length),
  ]
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let start = 0
  for (const part of parts) {
    whole.set(part, start)
    start += part.length
  }
  return whole
}

/** The same with its fields in snake_case, all the way down. */
function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null) return value
  const name = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [name(key), snakeCased(inner)]))
}
