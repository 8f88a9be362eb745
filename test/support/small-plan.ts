/** A plan whose runs take seconds: two arms of the fake engine. */
export function smallPlan(model: string, name: string, rollouts: number, seeds: readonly number[]): object {
  const overrides = {
    engine: 'fake',
    model,
    promptsPerStep: 2,
    groupSize: 4,
    minibatchSize: 8,
    checkpointEvery: 1,
    'evaluation.taskCount': 2,
    'evaluation.every': 2,
    'evaluation.samples': 1,
    'sampling.maxCompletionTokens': 12,
  }
  return {
    schemaVersion: 1,
    name,
    title: `The ${name} experiment`,
    description: 'Two arms that take seconds.',
    arms: [
      { name: 'grpo', title: 'GRPO', preset: 'starter-grpo', seeds, overrides },
      { name: 'ppo', title: 'PPO', preset: 'starter-ppo', seeds: [1], overrides },
    ],
    budget: { rollouts, tokens: null, seconds: null },
    evaluation: { taskCount: 3, samples: 1, draws: 1, seed: 1 },
  }
}
