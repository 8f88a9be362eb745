/** Tasks -> sequences for a supervised step. */
import { Failure } from '#contract/failure'
import { promptOf } from '../1-tasks/prompts.ts'
import { supervisedSequence } from '../5-updates/supervised-sequence.ts'
import { referenceAnswer } from '../3-scores/reference-answer.ts'
import type { Task, TrainingSequence } from '../flow.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'

/** A reference does not change, and Yosys reads each but once in the life of a trainer. */
const answers = new WeakMap<Task, Promise<string | null>>()

/**
 * Of the first `count` tasks that have an answer no longer than a completion may be: prompt and answer. Fewer where there are no more.
 * Throws Failure training.no-demonstrations where there is none.
 */
export async function demonstrationsOf(
  tasks: readonly Task[],
  { tokenizer }: { readonly tokenizer: Tokenizer },
  { count, maxTokens }: { readonly count: number; readonly maxTokens: number },
): Promise<TrainingSequence[]> {
  const sequences: TrainingSequence[] = []
  for (const task of tasks) {
    if (sequences.length === count) break
    const answer = answers.get(task) ?? referenceAnswer(task)
    answers.set(task, answer)
    const text = await answer
    if (text === null) continue
    const completionTokens = [...tokenizer.encode(text), tokenizer.endTokens[0]!]
    if (completionTokens.length <= maxTokens)
      sequences.push(supervisedSequence(promptOf(task, tokenizer).tokens, completionTokens))
  }
  if (sequences.length === 0) throw new Failure('training.no-demonstrations', { tokens: maxTokens })
  return sequences
}
