import type { TorchProgress } from '#contract/torch-environment'

/** Of an installation that was asked for just now. */
export function begunNow(): TorchProgress {
  return { stage: 'python', line: '', totalBytes: 0, doneBytes: 0, startedAt: new Date().toISOString(), end: null }
}
