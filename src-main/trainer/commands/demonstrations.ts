/** Tasks -> sequences for a supervised step. */
import { promptOf } from '../1-tasks/prompts.ts'
import { supervisedSequence } from '../5-updates/supervised-sequence.ts'
import { referenceAnswer } from '../3-scores/reference-answer.ts'
import type { Task, TrainingSequence } from '../flow.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'

/** A reference does not change, and Yosys reads each but once in the life of a trainer. */
const answers = new WeakMap<Task, Promise<string | null>>()

/** Tasks without an answer, or with one that is longer than a completion may be, are left out. */
export async function demonstrationsOf(
  tasks: readonly Task[],
  { tokenizer }: { readonly tokenizer: Tokenizer },
  maxCompletionTokens: number,
): Promise<TrainingSequence[]> {
  const sequences: TrainingSequence[] = []
  for (const task of tasks) {
    const answer = answers.get(task) ?? referenceAnswer(task)
    answers.set(task, answer)
    const text = await answer
    if (text === null) continue
    const completionTokens = [...tokenizer.encode(text), tokenizer.endTokens[0]!]
    if (completionTokens.length <= maxCompletionTokens)
      sequences.push(supervisedSequence(promptOf(task, tokenizer).tokens, completionTokens))
  }
  return sequences
}
