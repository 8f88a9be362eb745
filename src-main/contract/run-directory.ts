/** Names inside a run directory: the joint between trainer and workbench. */
import type { RunRemarks } from './run-notes.ts'

export const RUN_FILES = {
  config: 'config.json',
  notes: 'notes.json',
  environment: 'environment.json',
  /** Where a run that was cloned comes from. */
  parent: 'parent.json',
  /** There in a run that another program made: see run-origin.ts. */
  origin: 'origin.json',
  journal: 'journal.jsonl',
  control: 'control.jsonl',
  /** What the evaluation before the first step measured on each task. */
  firstMeasures: 'first-measures.json',
  rollouts: 'rollouts',
  checkpoints: 'checkpoints',
  log: 'trainer.log',
  heartbeat: 'heartbeat.json',
  lock: 'run.lock',
  /** There in a run that trains on another computer, whose directory this one mirrors: see remote-run.ts. */
  remote: 'remote.json',
  /** What is known of it there; rewritten by whoever follows it. */
  link: 'link.json',
  /** Of whoever follows it. */
  linkLock: 'link.lock',
  /** There while the run waits for its turn. */
  queued: 'queued.json',
  /** What `queued` is renamed to when its turn has come. */
  launched: 'launched.json',
  /** What is wished and known of the run's copy at Weights & Biases. */
  sync: 'wandb',
} as const

/** Rollouts of the evaluation at a step, inside the run directory. */
export function evaluationFile(step: number): string {
  return `${RUN_FILES.rollouts}/${stepName(step).replace('step', 'eval')}.jsonl`
}

/** `step-000012`: sorts as it counts. */
export function stepName(step: number): string {
  return `step-${String(step).padStart(6, '0')}`
}

/** notes.json: what a person says about a run. */
export interface RunNotes extends RunRemarks {
  /** ISO-UTC */
  readonly createdAt: string
}

/** parent.json: the run and the step whose checkpoint, copied into this run, it began from. */
export interface RunParent {
  readonly run: string
  readonly step: number
}

/** run.lock, made with O_EXCL. */
export interface RunLock {
  readonly nonce: string
  readonly pid: number
  readonly host: string
  /** ISO-UTC */
  readonly startedAt: string
}

export const EXIT_CODES = { finished: 0, stopped: 130, badInput: 2, failed: 3, outOfMemory: 4, crashed: 5 } as const

/** In each checkpoint, beside the engine's own files: step, and what the recipe carries on. A folder without it is no checkpoint. */
export const CHECKPOINT_STATE_FILE = 'state.json'
