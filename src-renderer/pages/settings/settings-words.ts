/** What the settings screen says of a machine and of the data folder. */
import type { DoctorCheck } from '#contract/api'
import type { StorageReport } from '#contract/storage'
import { counted } from '../../format/number.ts'

export function summaryOf(checks: readonly Pick<DoctorCheck, 'state'>[]): string {
  const count = (state: DoctorCheck['state']): number => checks.filter((check) => check.state === state).length
  const [bad, notes] = [count('bad'), count('warning')]
  const rest = notes > 0 ? `, ${counted(notes, 'note')} about what is missing and not needed` : ''
  return bad > 0 ? `${counted(bad, 'thing')} to mend${rest}` : `all that is needed is there${rest}`
}

export function totalBytes({ parts }: StorageReport): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0)
}

const MEANINGS: Readonly<Record<string, string>> = {
  '': 'Index of all runs, and settings',
  runs: 'Runs: journals, completions, checkpoints',
  experiments: 'Experiments',
  datasets: 'Data sets that were checked',
  uploads: 'Data sets that a browser handed over',
  models: 'Models that were fetched',
  python: 'PyTorch, as it was installed here',
  'reward-profiles': 'Reward profiles',
  sync: 'Sending to Weights & Biases',
  wandb: 'Offline folders for Weights & Biases',
}

/** Of a part of the data folder. */
export function partMeaning(name: string): string {
  return MEANINGS[name] ?? name
}

export function sourceName(dataset: string): string {
  return dataset === 'starter' ? 'Starter tasks' : dataset
}
