/** Runs that go on from a checkpoint of another. */
import type { RunConfig } from './run-config.ts'
import type { RunParent } from './run-directory.ts'

/** What a clone begins from. */
export interface CloneOrigin extends RunParent {
  /** Steps of the checkpoints that are there, ascending. */
  readonly checkpoints: readonly number[]
  /** The settings there, with the reward that was in force when the checkpoint was saved. */
  readonly config: RunConfig
}

/** Settings that are frozen in a checkpoint, by their path in a config. */
export const FROZEN_SETTINGS: Readonly<Record<string, (config: RunConfig) => string | number>> = {
  engine: ({ engine }) => engine,
  model: ({ model }) => model,
  lora: ({ lora }) => (lora === null ? 'null' : 'an adapter'),
  'lora.rank': ({ lora }) => lora?.rank ?? 'null',
}
