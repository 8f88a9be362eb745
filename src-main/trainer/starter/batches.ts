/** The corpus as minibatches of one length each, so that little is padding. */
import { supervisedSequence } from '../5-updates/supervised-sequence.ts'
import type { Minibatch, TrainingSequence } from '../flow.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { corpusExample, type CorpusKnobs } from './corpus.ts'

/** Sequences are padded to multiples of this by the engine. */
const LENGTH_STEP = 64
/** The engine's rows come in multiples of this. */
const ROW_STEP = 8

export interface Batches {
  /** Number of the next example: where a resumed training goes on. Examples that wait in a bucket at that time are left out. */
  readonly nextExample: number
  next(knobs: CorpusKnobs): Minibatch
}

/** paddedTokens: size of a minibatch, padding included. */
export function corpusBatches(tokenizer: Tokenizer, seed: number, firstExample: number, paddedTokens: number): Batches {
  const buckets = new Map<number, TrainingSequence[]>()
  let index = firstExample
  return {
    get nextExample() {
      return index
    },
    next(knobs) {
      for (;;) {
        const sequence = sequenceOf(tokenizer, seed, index++, knobs)
        const length = Math.ceil((sequence.promptTokens.length + sequence.completionTokens.length) / LENGTH_STEP) * LENGTH_STEP
        const bucket = buckets.get(length) ?? []
        bucket.push(sequence)
        buckets.set(length, bucket)
        if (bucket.length < rowsOf(length, paddedTokens)) continue
        buckets.delete(length)
        return { sequences: bucket }
      }
    },
  }
}

function rowsOf(length: number, paddedTokens: number): number {
  return Math.max(ROW_STEP, Math.floor(paddedTokens / length / ROW_STEP) * ROW_STEP)
}

function sequenceOf(tokenizer: Tokenizer, seed: number, index: number, knobs: CorpusKnobs): TrainingSequence {
  const { instruction, completion } = corpusExample(seed, index, knobs)
  const promptTokens = tokenizer.encode(tokenizer.applyChatTemplate([{ role: 'user', content: instruction }]))
  const completionTokens = [...tokenizer.encode(completion), tokenizer.endTokens[0]!]
  return supervisedSequence(promptTokens, completionTokens)
}
