/** The memory of a run in words. */
import type { MemoryReport, MemoryTerm, MemoryTurn } from '#contract/model-inspection'
import { formatBytes } from '../format/number.ts'

export function memoryWords({ totalBytes, availableBytes, fits }: MemoryReport): string {
  if (availableBytes === null) return `a run takes ${formatBytes(totalBytes)}`
  const words = `a run takes ${formatBytes(totalBytes)}, ${formatBytes(availableBytes)} are free`
  return fits ? words : `does not fit: ${words}`
}

export const TURN_WORDS: Readonly<Record<MemoryTurn, string>> = { rollouts: 'in rollouts', update: 'in updates' }

export const TERM_WORDS: Readonly<Record<MemoryTerm, string>> = {
  scoring: 'Scorers',
  runtime: 'Runtime',
  graphs: 'Kept compiled graphs',
  weights: 'Weights',
  reference: 'Reference policy',
  adapter: 'Adapter',
  optimizer: 'Optimizer',
  merged: 'Merged weights',
  cache: 'Key-value cache',
  decoding: 'Decoding',
  gradients: 'Gradients',
  activations: 'Activations of a microbatch',
  logits: 'Logits',
}
