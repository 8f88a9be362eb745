import type { RunConfig } from '#contract/run-config'
import type { WorkbenchError } from '../workbench.ts'
import type { Draft } from './draft.svelte.ts'

/** The settings of a run that is being prepared, whatever they began with. */
export interface RunFormDraft {
  readonly config: RunConfig | null
  /** What the workbench refused, with the field that is to be mended. */
  readonly error: WorkbenchError | null
  readonly isStarting: boolean
  readonly kept: Draft<TypedRun>
  /** Settings that were kept and fit nowhere any more. */
  readonly unknownSettings: readonly string[]
  /** The act by which just these settings were sent (contract/once.ts), when no answer came; null: they were not. */
  readonly asked: string | null
  /** The computer that it is to train on, by its ssh name; null: this one. */
  readonly host: string | null
  chooseHost(host: string | null): void
  change(config: RunConfig): void
  /** Forgets what was typed. */
  discard(): void
  /** Id of the run that was started; null when it was refused, then `error` says why. */
  start(): Promise<string | null>
}

/** What is kept of it. */
export interface TypedRun {
  /** What the changes are of: the name of a preset, or the step of a checkpoint. */
  readonly of: string
  /** Dotted path -> value. */
  readonly changes: Readonly<Record<string, unknown>>
  /** See RunFormDraft.asked. */
  readonly once: string | null
  /** See RunFormDraft.host; left out: null. */
  readonly host?: string
}

/** null for what is none. */
export function readTypedRun(value: unknown): TypedRun | null {
  const { of, changes, once, host } = (value ?? {}) as Partial<TypedRun>
  const isWhole =
    typeof of === 'string' &&
    typeof changes === 'object' &&
    changes !== null &&
    !Array.isArray(changes) &&
    (once === null || typeof once === 'string')
  return isWhole ? { of, changes, once, ...(typeof host === 'string' && { host }) } : null
}
