/** Which setting would make a run fit into memory. */
import type { MemoryRemedy } from '#contract/model-inspection'
import type { RunConfig } from '#contract/run-config'

/** With so little a completion is still a module. */
const LEAST_COMPLETION_TOKENS = 64

export interface Change {
  readonly setting: string
  /** Candidates, the mildest first. */
  readonly sizes: readonly number[]
  readonly apply: (config: RunConfig, size: number) => RunConfig
  readonly says: (size: number) => string
}

/** The first single change, in the order of what it costs, with which the run fits; else what to change together, or the model. */
export function remedyOf(
  config: RunConfig,
  changes: readonly Change[],
  fits: (changed: RunConfig) => boolean,
  place = 'computer',
): MemoryRemedy {
  for (const { setting, sizes, apply, says } of changes) {
    const size = sizes.find((candidate) => fits(apply(config, candidate)))
    if (size !== undefined) return { setting, sentence: says(size) }
  }
  const least = changes.reduce(
    (changed, { sizes, apply }) => (sizes.length === 0 ? changed : apply(changed, sizes.at(-1)!)),
    config,
  )
  if (!fits(least)) return { setting: 'model', sentence: `Choose a smaller model, or a ${place} with more memory.` }
  const names = changes.filter(({ sizes }) => sizes.length > 0).map(({ setting }) => setting)
  return {
    setting: names[0]!,
    sentence: `No single setting is enough: lower ${names.join(', ')} together, or choose a smaller model.`,
  }
}

export function smallerMicrobatch({ microbatchSize, promptsPerStep, groupSize }: RunConfig): Change {
  return {
    setting: 'microbatchSize',
    sizes: halves(Math.min(microbatchSize, promptsPerStep * groupSize), 1),
    apply: (changed, size) => ({ ...changed, microbatchSize: size }),
    says: (size) => `Set microbatchSize to ${size}: the same training, more slowly.`,
  }
}

export function checkpointing({ gradientCheckpointing }: RunConfig): Change {
  return {
    setting: 'gradientCheckpointing',
    sizes: gradientCheckpointing ? [] : [1],
    apply: (changed) => ({ ...changed, gradientCheckpointing: true }),
    says: () => 'Set gradientCheckpointing to true: the same training, more slowly.',
  }
}

export function adapterInstead({ lora }: RunConfig): Change {
  return {
    setting: 'lora',
    sizes: lora === null ? [16] : [],
    apply: (changed, rank) => ({ ...changed, lora: { rank, alpha: 2 * rank, dropout: 0 } }),
    says: (rank) => `Train an adapter (lora.rank ${rank}) instead of all weights.`,
  }
}

export function fewerPrompts({ promptsPerStep, evaluation }: RunConfig): Change {
  return {
    setting: 'promptsPerStep',
    sizes: halves(promptsPerStep, 1),
    apply: (changed, size) => ({ ...changed, promptsPerStep: size, evaluation: { ...changed.evaluation, samples: 1 } }),
    says: (size) => `Set promptsPerStep to ${size}${evaluation.samples > 1 ? ' and evaluation.samples to 1' : ''}.`,
  }
}

export function shorterCompletions({ sampling }: RunConfig): Change {
  return {
    setting: 'sampling.maxCompletionTokens',
    sizes: halves(sampling.maxCompletionTokens, LEAST_COMPLETION_TOKENS),
    apply: (changed, maxCompletionTokens) => ({ ...changed, sampling: { ...changed.sampling, maxCompletionTokens } }),
    says: (size) => `Set sampling.maxCompletionTokens to ${size}.`,
  }
}

/** 12 -> 6, 3, 1 */
function halves(size: number, least: number): number[] {
  const half = Math.floor(size / 2)
  return half < least ? [] : [half, ...halves(half, least)]
}
