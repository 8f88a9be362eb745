/** heartbeat.json of a run, rewritten about once a second: what its trainer does now. Curves and events stand in the journal. */
import { z } from 'zod'

export const heartbeatSchema = z.object({
  pid: z.int(),
  /** ISO-UTC, by the clock of the trainer's machine. */
  time: z.string(),
  /** The one under way; 0 before the first. */
  step: z.int().min(0),
  /** `start`, `paused`, or a stage of metrics.ts (`timing_s/…`). */
  stage: z.string(),
  /** Since the stage began. */
  seconds: z.number().min(0),
  /** Completions that the stage has generated or scored, and how many they are to be; null where it is not counted. */
  done: z.int().min(0),
  of: z.int().min(1).nullable(),
  /** `system/…` of this moment, for what the machine tells. */
  metrics: z.record(z.string(), z.number()),
})

export type Heartbeat = z.infer<typeof heartbeatSchema>

/** What a trainer does, as a screen is told. */
export interface RunActivity extends Omit<Heartbeat, 'pid' | 'time'> {
  /** Seconds since it was last heard of, by the clock of this computer. */
  readonly silence: number
}

/** What is done in a stage, as one says it of somebody. */
export const STAGE_WORDS: Readonly<Record<string, string>> = {
  start: 'loading the model',
  attack: 'attacking the reward',
  probe: 'trying its largest batch',
  prompts: 'choosing tasks',
  rollouts: 'generating',
  scores: 'scoring',
  advantages: 'computing advantages',
  update: 'updating the weights',
  journal: 'writing down the step',
  checkpoint: 'writing a checkpoint',
  evaluation: 'evaluating',
  paused: 'paused',
}

/** Seconds. A trainer is heard of once a second, by way of a host every few seconds: after so long, what it said last is not claimed any more. */
export const LONG_SILENCE = 15
/** Seconds of a stage, from which on its time is worth a word. */
export const LONG_STAGE = 5
