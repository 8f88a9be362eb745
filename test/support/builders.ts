/** Configs, journals and rollouts for tests, as small as they can be. Nothing of Node: the tests of screens use them too. */
import type { RunSummary } from '#contract/api'
import type { JournalEntry, JournalEvent, RolloutRecord } from '#contract/journal'
import { presetSchema } from '#contract/preset'
import { runConfigSchema, type RunConfig } from '#contract/run-config'
import grpo from '../../resources/presets/starter-grpo.json' with { type: 'json' }
import ppo from '../../resources/presets/starter-ppo.json' with { type: 'json' }

/** The config of the preset Starter GRPO, changed. */
export function aConfig(changes: Partial<RunConfig> = {}): RunConfig {
  return runConfigSchema.parse({ ...presetSchema.parse(grpo).config, ...changes })
}

export function aPpoConfig(): RunConfig {
  return presetSchema.parse(ppo).config
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

/** A run as the list has it; a longer id is a later one. */
export function aRunSummary(id: string, changes: Partial<RunSummary> = {}): RunSummary {
  return {
    id,
    name: id,
    status: 'finished',
    algorithm: 'grpo',
    isSupervised: false,
    preset: 'starter-grpo',
    step: 1,
    steps: 2,
    createdAt: `2026-11-2${id.length}T00:00:00Z`,
    updatedAt: '2026-11-27T00:00:00Z',
    startedAt: null,
    endedAt: null,
    tags: [],
    text: '',
    isArchived: false,
    parent: null,
    origin: null,
    remote: null,
    evaluated: null,
    secondsPerStep: null,
    functionalRate: [],
    latest: {},
    ...changes,
  }
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
