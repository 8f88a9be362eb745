/** Runs, journals and configs for tests, as small as they can be. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { JournalEntry, JournalEvent, RolloutRecord } from '#contract/journal'
import { presetSchema } from '#contract/preset'
import { runConfigSchema, type RunConfig } from '#contract/run-config'
import { RUN_FILES } from '#contract/run-directory'

export const REPOSITORY = resolve(import.meta.dirname, '../..')

/** The config of the preset Starter GRPO, changed. */
export function aConfig(changes: Partial<RunConfig> = {}): RunConfig {
  return runConfigSchema.parse({ ...presetConfig('starter-grpo'), ...changes })
}

export function aPpoConfig(): RunConfig {
  return presetConfig('starter-ppo')
}

function presetConfig(name: string): RunConfig {
  const file = join(REPOSITORY, `resources/presets/${name}.json`)
  return presetSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).config
}

/** Numbers the events from 1; one second apart. */
export function aJournal(entries: readonly JournalEntry[], firstSeq = 1): JournalEvent[] {
  return entries.map((entry, i) => {
    const seq = firstSeq + i
    return { seq, time: new Date(Date.UTC(2026, 0, 1, 0, 0, seq)).toISOString(), ...entry } as JournalEvent
  })
}

export const started = (fromStep = 0): JournalEntry => ({ type: 'run.started', nonce: 'n', fromStep })

export function stepFinished(step: number, functionalRate = step / 10): JournalEntry {
  const metrics = { 'train/functional_rate': functionalRate, 'timing_s/step': step }
  return { type: 'step.finished', step, metrics, rolloutFile: `rollouts/step-${String(step).padStart(6, '0')}.jsonl` }
}

export function aRollout(step: number, index: number, changes: Partial<RolloutRecord> = {}): RolloutRecord {
  const failed = { value: 0, outcome: 'not-reached', evidence: { summary: 'An earlier stage failed.' } } as const
  return {
    step,
    index,
    group: 0,
    taskId: `task-${index}`,
    family: 'mux',
    instruction: 'Write a multiplexer.',
    promptTokens: 4,
    completion: `completion ${index} ✓`,
    completionTokens: 5,
    isTruncated: false,
    scores: { compilation: failed, functional: failed, synthesis: failed, reasoning: failed, quality: { unscored: 'no tool' } },
    code: '',
    reasoning: '',
    reward: 0.5,
    advantage: -1,
    ...changes,
  }
}

/** A run directory as a trainer would have left it. */
export function writeRun(
  runsFolder: string,
  id: string,
  events: readonly JournalEvent[],
  rollouts: readonly RolloutRecord[] = [],
): string {
  const directory = join(runsFolder, id)
  mkdirSync(join(directory, RUN_FILES.rollouts), { recursive: true })
  writeFileSync(join(directory, RUN_FILES.config), JSON.stringify(aConfig()))
  writeFileSync(join(directory, RUN_FILES.notes), JSON.stringify({ createdAt: '2026-01-01T00:00:00.000Z' }))
  writeFileSync(join(directory, RUN_FILES.log), '')
  writeFileSync(join(directory, RUN_FILES.journal), events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  for (const step of new Set(rollouts.map((rollout) => rollout.step))) {
    const text = rollouts.filter((rollout) => rollout.step === step).map((rollout) => `${JSON.stringify(rollout)}\n`)
    writeFileSync(join(directory, RUN_FILES.rollouts, `step-${String(step).padStart(6, '0')}.jsonl`), text.join(''))
  }
  return directory
}
