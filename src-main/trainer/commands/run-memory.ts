/** Whether a run fits into the memory of this computer, and which setting would make it fit. */
import { totalmem } from 'node:os'
import { Failure } from '#contract/failure'
import type { MemoryEstimate, MemoryPart, MemoryReport, MemoryTerm, MemoryTurn } from '#contract/model-inspection'
import type { RunConfig } from '#contract/run-config'
import { promptOf } from '../1-tasks/prompts.ts'
import { availableMemory } from '../engines/onnx/memory-available.ts'
import { estimateMemory, type MemorySettings } from '../engines/onnx/memory-estimate.ts'
import type { ModelConfig } from '../engines/onnx/model/config.ts'
import { storageProblem } from '../engines/onnx/stored-base.ts'
import type { Task } from '../flow.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { ENGINE_THREADS, EVALUATION_PROMPTS } from './composition.ts'
import {
  adapterInstead,
  checkpointing,
  fewerPrompts,
  remedyOf,
  shorterCompletions,
  smallerMicrobatch,
  type Change,
} from './memory-remedy.ts'

/** Tasks whose prompts are counted: the longest texts, among which the longest prompt is. */
const COUNTED_TASKS = 32

/**
 * The trainer's own process with two scorers, each with a Yosys of its own. Measured: 720 MB after forty designs of the starter tasks.
 */
const SCORING_BYTES = 720e6

export const TERM_WORDS: Readonly<Record<MemoryTerm, string>> = {
  scoring: 'the scorers',
  runtime: 'the engine’s program',
  graphs: 'compiled graphs that are kept',
  weights: 'the weights',
  reference: 'the frozen copy of the weights',
  adapter: 'the adapter',
  optimizer: 'the optimizer’s state',
  merged: 'the merged weights for rollouts',
  cache: 'keys and values of the rollouts',
  decoding: 'the rollouts’ own tensors',
  gradients: 'the gradients',
  activations: 'activations of the microbatches at work',
  logits: 'logits of the microbatches at work',
}

/** Tokens of the longest prompt that leaves room for an answer; 0 without tasks. */
export function longestPrompt(tasks: readonly Task[], tokenizer: Tokenizer, limitTokens: number): number {
  const longest = tasks.toSorted((a, b) => b.instruction.length - a.instruction.length).slice(0, COUNTED_TASKS)
  return longest.reduce((most, task) => {
    const { length } = promptOf(task, tokenizer).tokens
    return length > limitTokens ? most : Math.max(most, length)
  }, 0)
}

/** The estimate of a run beside what there is. */
export function memoryReport(
  model: ModelConfig,
  config: RunConfig,
  prompt: { readonly tokens: number; readonly isMeasured: boolean },
  availableBytes = availableMemory(),
): MemoryReport {
  const settings = memorySettings(model, config, prompt.tokens)
  const estimate = withGraphsIn(availableBytes, withScoring(estimateMemory(model, settings)))
  const fits = estimate.totalBytes <= availableBytes
  const wouldFit = (changed: RunConfig): boolean => {
    const { rolloutCount: _graphs, ...needed } = memorySettings(model, changed, prompt.tokens)
    return withScoring(estimateMemory(model, needed)).totalBytes <= availableBytes
  }
  return {
    ...estimate,
    card: null,
    availableBytes,
    machineBytes: totalmem(),
    fits,
    remedy: fits ? null : remedyOf(config, changesOf(model, config), wouldFit),
    promptTokens: prompt.tokens,
    isPromptMeasured: prompt.isMeasured,
  }
}

export function withScoring({ parts, totalBytes }: MemoryEstimate): MemoryEstimate {
  return { parts: [{ term: 'scoring', bytes: SCORING_BYTES }, ...parts], totalBytes: totalBytes + SCORING_BYTES }
}

/** Graphs are kept in what nothing else takes (engines/onnx/kept-sessions.ts), so that no run is refused for them. */
function withGraphsIn(availableBytes: number, { parts, totalBytes }: MemoryEstimate): MemoryEstimate {
  const graphs = parts.find(({ term }) => term === 'graphs')?.bytes ?? 0
  const needed = totalBytes - graphs
  const kept = Math.max(0, Math.min(graphs, Math.floor(availableBytes - needed)))
  return {
    parts: parts.flatMap((part) => (part.term === 'graphs' ? (kept > 0 ? [{ ...part, bytes: kept }] : []) : [part])),
    totalBytes: needed + kept,
  }
}

/** Throws Failure memory.insufficient, which names the setting to change. */
export function refuseWhatCannotFit(report: MemoryReport): void {
  if (report.remedy === null) return
  const largest = largestPart(report)
  throw new Failure('memory.insufficient', {
    needGb: gigabytes(report.totalBytes),
    where: report.card ?? 'this computer',
    haveGb: gigabytes(report.availableBytes ?? 0),
    term: TERM_WORDS[largest.term],
    termGb: gigabytes(largest.bytes),
    field: report.remedy.setting,
    remedy: report.remedy.sentence,
  })
}

/** What the run would need, where it ran out all the same. */
export function estimateSentence(report: MemoryReport): string {
  const { term, bytes } = largestPart(report)
  const most = `most of it ${TERM_WORDS[term]} (${gigabytes(bytes)} GB)`
  const needed = `It needs about ${gigabytes(report.totalBytes)} GB, ${most}`
  return report.availableBytes === null
    ? `${needed}.`
    : `${needed}; ${report.card ?? 'this computer'} has ${gigabytes(report.availableBytes)} GB to give.`
}

export function memorySettings(model: ModelConfig, config: RunConfig, promptTokens: number): MemorySettings {
  const { algorithm, lora, microbatchSize, minibatchSize, promptsPerStep, groupSize, evaluation, sampling } = config
  const evaluated = { promptsAtOnce: Math.min(EVALUATION_PROMPTS, evaluation.taskCount), groupSize: evaluation.samples }
  const trained = { promptsAtOnce: promptsPerStep, groupSize }
  const rows = (batch: typeof trained): number => batch.promptsAtOnce * batch.groupSize
  return {
    ...(rows(evaluated) > rows(trained) ? evaluated : trained),
    loraRank: lora?.rank ?? null,
    hasValueHead: algorithm.name === 'ppo',
    hasEntropyBonus: algorithm.entropyCoef > 0,
    microbatchSize: Math.min(microbatchSize, minibatchSize, promptsPerStep * groupSize),
    isCheckpointed: config.gradientCheckpointing,
    baseStorage: config.baseStorage,
    threads: config.device === 'cpu' ? ENGINE_THREADS : 1,
    promptTokens,
    completionTokens: Math.max(1, Math.min(sampling.maxCompletionTokens, model.maxPositions - promptTokens)),
    rolloutCount: config.steps * rows(trained),
  }
}

function changesOf(model: ModelConfig, config: RunConfig): Change[] {
  return [
    smallerMicrobatch(config),
    checkpointing(config),
    adapterInstead(config),
    {
      setting: 'baseStorage',
      sizes: smallerBases(model, config),
      apply: (changed, bits) => ({ ...changed, baseStorage: STORAGE_OF_BITS[bits]! }),
      says: (bits) =>
        `Set baseStorage to ${STORAGE_OF_BITS[bits]}: the frozen weights in ${bits} bits, and more time for each step.`,
    },
    fewerPrompts(config),
    shorterCompletions(config),
  ]
}

const STORAGE_OF_BITS: Readonly<Record<number, RunConfig['baseStorage']>> = { 16: 'float16', 4: 'int4' }

/** Bits of a weight, where this run can keep its base so. */
function smallerBases(model: ModelConfig, config: RunConfig): number[] {
  const now = config.baseStorage
  return [16, 4].filter((bits) => {
    const baseStorage = STORAGE_OF_BITS[bits]!
    return now !== 'int4' && now !== baseStorage && storageProblem(model, { ...config, baseStorage }) === null
  })
}

/** Of those that count: of parts that take turns, the ones of the larger turn. */
function largestPart({ parts }: MemoryEstimate): MemoryPart {
  const bytesIn = (turn: MemoryTurn): number => parts.reduce((sum, part) => (part.turn === turn ? sum + part.bytes : sum), 0)
  const smaller = bytesIn('update') < bytesIn('rollouts') ? 'update' : 'rollouts'
  const counted = parts.filter(({ turn }) => turn !== smaller)
  return counted.reduce((most, part) => (part.bytes > most.bytes ? part : most))
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1)
}
