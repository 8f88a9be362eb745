/** What names a model or a checkpoint in an address and in a list of choices: a path, or `run:ID@STEP`. */
import type { ModelList } from '#contract/known-models'

export type ModelKey =
  { readonly kind: 'model'; readonly path: string } | { readonly kind: 'checkpoint'; readonly run: string; readonly step: number }

export function checkpointKey(run: string, step: number): string {
  return `run:${run}@${step}`
}

/** Whatever is no checkpoint is a path. */
export function parseModelKey(key: string): ModelKey {
  const found = /^run:([\w.-]+)@(\d+)$/.exec(key)
  return found === null ? { kind: 'model', path: key } : { kind: 'checkpoint', run: found[1]!, step: Number(found[2]) }
}

/** The best checkpoint of a run by validation, else its newest; null for a run without one. */
export function likeliestCheckpoint({ run, checkpoints }: ModelList['runs'][number]): string | null {
  const chosen = checkpoints.find(({ isBest }) => isBest) ?? checkpoints.at(-1)
  return chosen === undefined ? null : checkpointKey(run, chosen.step)
}

export interface Pair {
  readonly tuned: string
  readonly base: string
}

/**
 * What stands beside each other until a person chooses otherwise: the newest run's likeliest checkpoint and what it began with. Of a chosen
 * checkpoint, its own beginning; of a chosen model, the starter.
 */
export function defaultPair({ runs }: ModelList, tuned: string | null, base: string | null): Pair {
  const right = tuned ?? (runs[0] && likeliestCheckpoint(runs[0])) ?? 'starter'
  return { tuned: right, base: base ?? modelBehind(runs, right) ?? 'starter' }
}

/** What the run of a checkpoint began with. */
export function modelBehind(runs: ModelList['runs'], key: string): string | null {
  const parsed = parseModelKey(key)
  return parsed.kind === 'model' ? null : (runs.find(({ run }) => run === parsed.run)?.model ?? null)
}
