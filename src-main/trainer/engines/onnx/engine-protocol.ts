/** What the engine's process and its caller say to each other. Messages are structured clones: typed arrays stay typed arrays. */
import { Failure, type FailureCode } from '#contract/failure'
import type { Minibatch, Objective, UpdateStats } from '../../flow.ts'
import type { EngineInfo, EngineSettings, GenerateEvent, GenerateRequest, Policy, PromptedSequence, Sampling } from '../engine.ts'

/** What the process can be asked. */
export interface EngineCalls {
  open(settings: EngineSettings): EngineInfo
  generate(requests: readonly GenerateRequest[], sampling: Sampling, policy: Policy): void
  logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Float32Array[]
  values(sequences: readonly PromptedSequence[]): Float32Array[]
  update(minibatch: Minibatch, objective: Objective): UpdateStats
  save(directory: string): void
  load(directory: string): void
}
export type CallName = keyof EngineCalls

export interface EngineCall {
  readonly id: number
  readonly name: CallName
  readonly args: readonly unknown[]
  /** It was to stop before it was sent. */
  readonly isStopped: boolean
}

export type ToEngine = EngineCall | { readonly stop: number }

export type FromEngine =
  | { readonly id: number; readonly event: GenerateEvent }
  | { readonly id: number; readonly residentBytes: number; readonly result: unknown }
  | { readonly id: number; readonly residentBytes: number; readonly error: WireError }

export type WireError =
  | { readonly kind: 'failure'; readonly code: FailureCode; readonly facts: Readonly<Record<string, string | number>> }
  | { readonly kind: 'error'; readonly message: string; readonly stack: string }

/**
 * Descriptor of the pipe on which the process says what it is about to run, one line each. It is written before the run and at once: what
 * stands in a pipe survives the writer's crash, a message in its queue does not.
 */
export const PLACE_DESCRIPTOR = 4

/** Places that are no graph. */
export const LOADING = 'loading the model'
export const PAUSE = 'the pause between two calls'

/** `place`: the graph or the phase in which the error came up. */
export function toWire(error: unknown, place: string): WireError {
  if (error instanceof Failure) return { kind: 'failure', code: error.code, facts: error.facts }
  const known: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error))
  // A full disk keeps its name across the joint.
  if (known.code === 'ENOSPC') return { kind: 'failure', code: 'disk.full', facts: { path: known.path ?? 'the run' } }
  // What V8 throws when an array cannot be had.
  if (known instanceof RangeError && /allocation failed/i.test(known.message)) {
    return { kind: 'failure', code: 'memory.exhausted', facts: { where: place } }
  }
  return { kind: 'error', message: known.message, stack: known.stack ?? known.message }
}

export function fromWire(error: WireError): Error {
  if (error.kind === 'failure') return new Failure(error.code, error.facts)
  const copy = new Error(error.message)
  copy.stack = error.stack
  return copy
}
