/** What a trainer does now, as those who watch it are told, and in which words. */
import type { Heartbeat } from './heartbeat.ts'

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
