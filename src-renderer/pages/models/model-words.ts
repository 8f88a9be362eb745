/** Models and checkpoints in words. */
import type { CheckpointedRun, KnownModel, ModelOrigin } from '#contract/known-models'
import type { ExportFormat } from '#contract/export-formats'
import type { DownloadProgress } from '#contract/model-download'
import type { ModelInspection } from '#contract/model-inspection'
import { ABSENT, counted, formatBytes, formatNumber, formatPercent } from '../../format/number.ts'
import { lastPart } from '../../format/path.ts'

/** Of a download, `owner/name` as the hub has it; else the last part of its path. */
export function modelName({ path, inspection }: Pick<KnownModel, 'path' | 'inspection'>): string {
  if (path === 'starter') return 'Starter model'
  const origin = inspection?.source?.origin.split('/').slice(-2).join('/')
  return origin ?? lastPart(path)
}

export function modelPlace(path: string): string {
  return path === 'starter' ? 'comes with VeriTune' : path
}

export const ORIGIN_WORDS: Readonly<Record<ModelOrigin, string>> = {
  starter: 'comes with VeriTune',
  downloaded: 'downloaded',
  added: 'added by its path',
  run: 'named by a run',
}

/** `1.69 M`, `494 M`, `7.62 B`. */
export function parameterWords(count: number | null): string {
  if (count === null) return ABSENT
  if (count >= 1e9) return `${formatNumber(count / 1e9)} B`
  return count >= 1e6 ? `${formatNumber(count / 1e6)} M` : formatNumber(count)
}

export function bytesOnDisk({ shards }: ModelInspection): number {
  return shards.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** In a few words whether it can be used; `reason` says why not. The detail says all, and how much memory is free at the moment. */
export function modelState({ inspection, problem }: Pick<KnownModel, 'inspection' | 'problem'>): {
  readonly words: string
  readonly reason: string | null
} {
  const first = problem ?? inspection?.problems[0]
  if (first !== undefined) return { words: 'cannot be used here', reason: first.message }
  const memory = inspection?.memory
  if (!memory) return { words: 'can be trained', reason: null }
  const need = formatBytes(memory.totalBytes)
  if (memory.machineBytes === null || memory.totalBytes <= memory.machineBytes)
    return { words: `can be trained, in ${need}`, reason: null }
  return { words: 'too large for this computer', reason: `A run needs ${need}; there are ${formatBytes(memory.machineBytes)}.` }
}

export function downloadWords({ file, doneBytes, totalBytes }: DownloadProgress): string {
  if (file === null || totalBytes === 0) return 'Asking the hub …'
  return `${formatPercent(doneBytes / totalBytes)} · ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)} · ${file}`
}

/** `3 checkpoints, 12.4 MB` */
export function checkpointCount({ checkpoints }: CheckpointedRun): string {
  const bytes = checkpoints.reduce((sum, checkpoint) => sum + checkpoint.bytes, 0)
  return `${counted(checkpoints.length, 'checkpoint')}, ${formatBytes(bytes)}`
}

export const FORMAT_WORDS: Readonly<Record<ExportFormat, { readonly name: string; readonly meaning: string }>> = {
  adapter: { name: 'Adapter', meaning: 'The trained adapter alone, in PEFT’s format; its base is needed beside it.' },
  merged: {
    name: 'Merged model',
    meaning: 'A whole model folder with the adapter added to its base, for any program that reads such folders.',
  },
  onnx: { name: 'ONNX', meaning: 'A graph for ONNX Runtime with the weights in it, for inputs of one length.' },
}

/** A folder that is not there yet, beside the person's other exports. */
export function suggestedFolder(home: string, run: string, step: number, format: ExportFormat): string {
  const separator = home.includes('\\') ? '\\' : '/'
  return home === '' ? '' : [home, 'exports', `${run}-step-${step}-${format}`].join(separator)
}
