/** Runs that go on from a checkpoint of another: the checkpoint is copied, so that the parent may be deleted. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FROZEN_SETTINGS, type CloneOrigin } from '#contract/clone'
import { Failure } from '#contract/failure'
import type { JournalEvent } from '#contract/journal'
import type { RunConfig } from '#contract/run-config'
import { CHECKPOINT_STATE_FILE, RUN_FILES, stepName, type RunParent } from '#contract/run-directory'

export interface Origin extends CloneOrigin {
  /** Its folder, absolute. */
  readonly folder: string
}

/** `step` null: the newest checkpoint. Throws Failure run.no-checkpoint, arguments.invalid. */
export function originOf(
  directory: string,
  config: RunConfig,
  events: readonly JournalEvent[],
  { run, step }: { readonly run: string; readonly step: number | null },
): Origin {
  const saved = events.flatMap((event) => (event.type === 'checkpoint.saved' ? [event] : []))
  const whole = saved.filter((event) => existsSync(join(directory, event.directory, CHECKPOINT_STATE_FILE)))
  const chosen = step === null ? whole.at(-1) : whole.findLast((event) => event.step === step)
  if (whole.length === 0) throw new Failure('run.no-checkpoint', { run })
  const checkpoints = [...new Set(whole.map((event) => event.step))].sort((a, b) => a - b)
  if (chosen === undefined) {
    throw new Failure('arguments.invalid', {
      problem: `The run "${run}" has no checkpoint of step ${step}; it has those of ${checkpoints.join(', ')}.`,
    })
  }
  const changed = events.findLast((event) => event.type === 'reward.changed' && event.seq < chosen.seq)
  const reward = changed?.type === 'reward.changed' ? changed.profile : config.reward
  return { run, step: chosen.step, checkpoints, folder: join(directory, chosen.directory), config: { ...config, reward } }
}

/** What is frozen in a checkpoint. Throws Failure config.invalid, naming the setting. */
export function refuseOtherModel(config: RunConfig, { config: parent, step }: Origin): void {
  for (const [field, of] of Object.entries(FROZEN_SETTINGS)) {
    if (of(config) !== of(parent)) throw refusal(field, `is ${of(config)}, and the checkpoint is of a run with ${of(parent)}.`)
  }
  if (config.algorithm.name === 'ppo' && parent.algorithm.name !== 'ppo') {
    throw refusal('algorithm.name', 'is ppo, and the checkpoint has no critic.')
  }
  if (config.steps <= step)
    throw refusal('steps', `is ${config.steps}, and the checkpoint is of step ${step}.`, `Choose more than ${step}.`)
}

function refusal(field: string, problem: string, remedy = 'Leave it as it was there, or start a run from the model.'): Failure {
  return new Failure('config.invalid', { field, problem, remedy })
}

/** Into a run directory that is being made. */
export function copyOrigin(directory: string, config: RunConfig, { run, step, folder, config: parent }: Origin): void {
  const copy = join(directory, RUN_FILES.checkpoints, stepName(step))
  cpSync(folder, copy, { recursive: true })
  const file = join(copy, CHECKPOINT_STATE_FILE)
  const state = JSON.parse(readFileSync(file, 'utf8')) as { readonly step: number; readonly recipe?: unknown }
  // An adaptive KL coefficient goes on where it was, unless another one is asked for.
  if (!isSameKl(config, parent)) writeFileSync(file, JSON.stringify({ step: state.step }))
  writeFileSync(join(directory, RUN_FILES.parent), JSON.stringify({ run, step } satisfies RunParent))
}

function isSameKl({ algorithm }: RunConfig, { algorithm: other }: RunConfig): boolean {
  const target = (of: RunConfig['algorithm']): number | null => (of.name === 'ppo' ? of.targetKl : null)
  return algorithm.name === other.name && algorithm.klCoef === other.klCoef && target(algorithm) === target(other)
}
