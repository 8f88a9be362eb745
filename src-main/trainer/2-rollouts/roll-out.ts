/** Prompts -> groups of rollouts. */
import type { Engine, Policy, Sampling } from '../engines/engine.ts'
import type { Prompt, Rollout, RolloutGroup } from '../flow.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'

export interface RolloutRequest {
  readonly prompts: readonly Prompt[]
  readonly groupSize: number
  readonly sampling: Sampling
  readonly policy: Policy
  /** Seed of completion `index` of a prompt; `occurrence` counts from 0 where a task comes several times, which must not repeat itself. */
  seedOf(prompt: Prompt, index: number, occurrence: number): number
  /** Told of each completion as soon as it is whole. */
  onRollout?(rollout: Rollout): void
}

/** One group a prompt, in the prompts' order. When `stop` is raised, completions may be missing. */
export async function rollOut(
  engine: Engine,
  tokenizer: Tokenizer,
  request: RolloutRequest,
  stop: AbortSignal,
): Promise<RolloutGroup[]> {
  const { prompts, groupSize, sampling } = request
  const seeds = prompts.map((prompt, place) => {
    const occurrence = prompts.slice(0, place).filter(({ task }) => task.id === prompt.task.id).length
    return Array.from({ length: groupSize }, (_, index) => request.seedOf(prompt, index, occurrence))
  })
  const parts = prompts.map(() => Array.from({ length: groupSize }, () => ({ tokens: [] as number[], logprobs: [] as number[] })))
  const rollouts: Rollout[][] = prompts.map(() => [])
  await engine.generate(
    prompts.map(({ tokens }, i) => ({ prompt: tokens, seeds: seeds[i]! })),
    sampling,
    request.policy,
    ({ request: place, index, tokens, oldLogprobs, isFinished }) => {
      const part = parts[place]![index]!
      part.tokens.push(...tokens)
      part.logprobs.push(...oldLogprobs)
      if (!isFinished) return
      const text = tokenizer.decode(part.tokens)
      const completion = {
        text,
        tokens: part.tokens,
        oldLogprobs: Float32Array.from(part.logprobs),
        isTruncated: !hasEnd(part.tokens, text, sampling),
      }
      const rollout: Rollout = { prompt: prompts[place]!, index, seed: seeds[place]![index]!, completion }
      rollouts[place]!.push(rollout)
      request.onRollout?.(rollout)
    },
    stop,
  )
  return prompts.map((prompt, i) => ({ prompt, rollouts: rollouts[i]!.sort((a, b) => a.index - b.index) }))
}

function hasEnd(tokens: readonly number[], text: string, { endTokens, stop }: Sampling): boolean {
  const last = tokens.at(-1)
  return (last !== undefined && endTokens.includes(last)) || (stop?.texts.some((end) => text.includes(end)) ?? false)
}
