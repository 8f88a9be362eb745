/** Which sequences run together, and in which shape. */
import type { Device, PromptedSequence } from '../engine.ts'
import { tokensOf, type Extent } from './model/train-graph.ts'

/** Lengths between two powers of two: each distinct shape costs a compiled graph, a tenth to a third of a second. */
const LENGTHS_PER_DOUBLING = 4
/**
 * Padded tokens of a microbatch. On a processor what a layer makes of so many stays in its caches, and matrix products are at full speed already; a
 * graphics card wants more work at once (docs/lab-notes.md).
 */
export const TOKENS_AT_ONCE: Readonly<Record<Device, number>> = { cpu: 768, webgpu: 4096 }
/** Completion tokens are padded to multiples of this share of the whole microbatch. */
const PICKED_STEPS = 6
/** Shared prompts are padded to multiples of this many tokens. */
const PROMPT_STEP = 32
/** Prompts are shared where that leaves less than this share of the tokens: it takes more kinds of nodes, and more shapes. */
const SHARED_BELOW = 0.9

export interface MicrobatchPlan {
  /** Places of the microbatch's sequences in the list that was planned. */
  readonly indices: readonly number[]
  readonly extent: Extent
}

interface Limits {
  readonly rows: number
  readonly tokens: number
}

/**
 * Cuts sequences into microbatches: at most `microbatchSize` sequences, and no more tokens than run well at once. Prompts that several sequences go on
 * from are read once where that pays. Measured on rollouts of the starter tasks: 13 to 15 % of the tokens
 * are padding, 11 % of the completion tokens, in about 20 shapes; a GRPO step has 0.78 padded tokens for each token of its sequences.
 */
export function planMicrobatches(
  sequences: readonly PromptedSequence[],
  microbatchSize: number,
  device: Device = 'cpu',
): MicrobatchPlan[] {
  const limits = { rows: microbatchSize, tokens: TOKENS_AT_ONCE[device] }
  const [whole, shared] = [wholeSequences(sequences, limits), sharedPrompts(sequences, limits)]
  return tokenCount(shared) < SHARED_BELOW * tokenCount(whole) ? shared : whole
}

function tokenCount(plans: readonly MicrobatchPlan[]): number {
  return plans.reduce((sum, { extent }) => sum + tokensOf(extent), 0)
}

/** Microbatches of similar length, the longest first: it takes the most memory, so that a run that does not fit says so at once. */
function wholeSequences(sequences: readonly PromptedSequence[], limits: Limits): MicrobatchPlan[] {
  const order = sequences.map((_, i) => i).sort((a, b) => lengthOf(sequences[b]!) - lengthOf(sequences[a]!) || a - b)
  const plans: MicrobatchPlan[] = []
  for (let start = 0; start < order.length;) {
    const length = paddedLength(lengthOf(sequences[order[start]!]!))
    const full = Math.max(1, Math.min(limits.rows, Math.floor(limits.tokens / length)))
    const rows = rowsOf(order.length - start, full)
    const indices = order.slice(start, start + rows)
    const picked = roundUp(completionTokens(sequences, indices), Math.ceil((rows * length) / PICKED_STEPS))
    plans.push({ indices, extent: { batch: rows, length, picked, shared: null } })
    start += rows
  }
  return plans
}

/** Sequences of one prompt stay together as far as they fit; small groups share a microbatch. */
function sharedPrompts(sequences: readonly PromptedSequence[], limits: Limits): MicrobatchPlan[] {
  const plans: MicrobatchPlan[] = []
  let open: MicrobatchPlan | null = null
  for (const part of partsOfGroups(sequences, limits)) {
    const both: number[] = open === null ? part : [...open.indices, ...part]
    const extent = sharedExtent(sequences, both)
    if (open !== null && (both.length > limits.rows || tokensOf(extent) > limits.tokens)) {
      plans.push(open)
      open = { indices: part, extent: sharedExtent(sequences, part) }
    } else open = { indices: both, extent }
  }
  return open === null ? plans : [...plans, open].sort((a, b) => tokensOf(b.extent) - tokensOf(a.extent))
}

/** The groups of equal prompts, the longest completions first, in equal parts where a group is too large. */
function partsOfGroups(sequences: readonly PromptedSequence[], limits: Limits): number[][] {
  const groups = new Map<string, number[]>()
  sequences.forEach(({ promptTokens }, i) => {
    const key = promptTokens.join()
    groups.set(key, [...(groups.get(key) ?? []), i])
  })
  const lengthOfRow = (i: number): number => sequences[i]!.completionTokens.length
  const sorted = [...groups.values()].map((group) => group.sort((a, b) => lengthOfRow(b) - lengthOfRow(a) || a - b))
  return sorted
    .sort((a, b) => lengthOfRow(b[0]!) - lengthOfRow(a[0]!) || a[0]! - b[0]!)
    .flatMap((group) => {
      const { length, shared } = sharedExtent(sequences, group)
      const full = Math.max(1, Math.min(limits.rows, Math.floor((limits.tokens - shared!.length) / length)))
      return inParts(group, full)
    })
}

function inParts(group: readonly number[], full: number): number[][] {
  const parts: number[][] = []
  for (let start = 0; start < group.length;) {
    const rows = rowsOf(group.length - start, full)
    parts.push(group.slice(start, start + rows))
    start += rows
  }
  return parts
}

function sharedExtent(sequences: readonly PromptedSequence[], indices: readonly number[]): Extent {
  const chosen = indices.map((i) => sequences[i]!)
  const rows = chosen.length === 1 ? 1 : roundUp(chosen.length, 2)
  const longest = Math.max(...chosen.map(({ completionTokens }) => completionTokens.length))
  // The last token of a completion is said, not read.
  const length = paddedLength(longest - 1, 2 * LENGTHS_PER_DOUBLING)
  const prompts = new Set(chosen.map(({ promptTokens }) => promptTokens.join())).size
  const promptLength = roundUp(Math.max(...chosen.map(({ promptTokens }) => promptTokens.length)), PROMPT_STEP)
  return { batch: rows, length, picked: rows * (length + 1), shared: { prompts, length: promptLength } }
}

/** 33..64 in steps of 8, 65..128 of 16, and so on: few lengths for short and long contexts alike. */
function paddedLength(length: number, perDoubling = LENGTHS_PER_DOUBLING): number {
  const doubling = 2 ** Math.ceil(Math.log2(Math.max(length, 2 * perDoubling)))
  return roundUp(Math.max(1, length), doubling / 2 / perDoubling)
}

/** What is left in equal parts of at most `full` rows; an even number of rows, so that fewer shapes come up. */
function rowsOf(left: number, full: number): number {
  const rows = Math.ceil(left / Math.ceil(left / full))
  return rows === 1 ? 1 : Math.min(full, roundUp(rows, 2))
}

function completionTokens(sequences: readonly PromptedSequence[], indices: readonly number[]): number {
  return Math.max(
    1,
    indices.reduce((sum, i) => sum + sequences[i]!.completionTokens.length, 0),
  )
}

export function lengthOf({ promptTokens, completionTokens }: PromptedSequence): number {
  return promptTokens.length + completionTokens.length
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
