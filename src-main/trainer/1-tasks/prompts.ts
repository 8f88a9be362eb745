/** Tasks -> prompts, in an order that the seed decides. */
import { SYSTEM_PROMPT } from '#contract/reasoning-grammar'
import type { Prompt, Task } from '../flow.ts'
import { createRandom, hashSeed } from '../math/random.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'

export function promptOf(task: Task, tokenizer: Tokenizer): Prompt {
  const text = promptTextOf(task.instruction, tokenizer)
  return { task, text, tokens: tokenizer.encode(text) }
}

export function promptTextOf(instruction: string, tokenizer: Tokenizer): string {
  return tokenizer.applyChatTemplate([
    { role: 'system', content: SYSTEM_PROMPT },
    { role: 'user', content: instruction },
  ])
}

/** A prompt must leave room for at least this many tokens. */
export const MIN_ANSWER_TOKENS = 32

/** Tasks whose prompt leaves room for an answer within `contextLength` tokens, and those whose prompt does not. */
export function splitByLength(
  tasks: readonly Task[],
  tokenizer: Tokenizer,
  contextLength: number,
): { readonly fitting: Task[]; readonly tooLong: Task[] } {
  const isLong = (task: Task): boolean => promptOf(task, tokenizer).tokens.length > contextLength - MIN_ANSWER_TOKENS
  const { fitting = [], tooLong = [] } = Object.groupBy(tasks, (task) => (isLong(task) ? 'tooLong' : 'fitting'))
  return { fitting, tooLong }
}

/** Tasks of a step (from 1): epochs over all tasks, each in a shuffled order of its own. */
export function tasksOfStep(tasks: readonly Task[], step: number, count: number, seed: number): Task[] {
  const first = (step - 1) * count
  return Array.from({ length: count }, (_, i) => {
    const place = first + i
    return orderOfEpoch(tasks, Math.floor(place / tasks.length), seed)[place % tasks.length]!
  })
}

/** Tasks beside those of a step, drawn by a seed of their own, so that the order of the epochs stays as it is. */
export function furtherTasks(tasks: readonly Task[], count: number, seed: number): Task[] {
  const order = createRandom(seed).shuffled(tasks)
  return Array.from({ length: count }, (_, i) => order[i % order.length]!)
}

let lastOrder: { tasks: readonly Task[]; epoch: number; seed: number; order: Task[] } | null = null

/** Shuffling again for every prompt of a step would be waste; the last order is kept. */
function orderOfEpoch(tasks: readonly Task[], epoch: number, seed: number): Task[] {
  if (lastOrder?.tasks === tasks && lastOrder.epoch === epoch && lastOrder.seed === seed) return lastOrder.order
  const order = createRandom(hashSeed(seed, 'order', epoch)).shuffled(tasks)
  lastOrder = { tasks, epoch, seed, order }
  return order
}

/** The tasks that every evaluation uses: the same for all runs on the same data, so that runs and steps pair. */
export function evaluationTasks(tasks: readonly Task[], count: number): Task[] {
  const ranked = tasks.map((task) => ({ task, rank: hashSeed('evaluation', task.id) }))
  return ranked
    .sort((a, b) => a.rank - b.rank || (a.task.id < b.task.id ? -1 : 1))
    .slice(0, count)
    .map(({ task }) => task)
}
