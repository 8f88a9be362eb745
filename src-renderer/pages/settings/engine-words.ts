/** What the settings screen says of PyTorch. */
import type { TorchBackend } from '#contract/torch-backends'
import type { InstalledTorch, TorchProgress, TorchState } from '#contract/torch-environment'
import { formatDuration } from '../../format/duration.ts'
import { formatBytes, formatPercent } from '../../format/number.ts'

export const BACKEND_WORDS: Readonly<Record<TorchBackend, string>> = {
  auto: 'for the card that is there, else the processor',
  cpu: 'for the processor',
  cuda: 'for a card of NVIDIA (CUDA)',
  rocm: 'for a card of AMD (ROCm)',
}

/** `PyTorch 2.15.0+cu130 with Python 3.12.3, 5.41 GB, since 2026-11-28; on NVIDIA H200` */
export function installedWords({ torch, python, bytes, installedAt, cards, problem }: InstalledTorch): string {
  const what = `PyTorch ${torch} with Python ${python}, ${formatBytes(bytes)}, since ${installedAt.slice(0, 10)}`
  if (cards.length > 0) return `${what}; on ${cards.join(', ')}`
  return `${what}; on the processor${problem === null ? '' : `: ${problem}`}`
}

/** Who installs it. */
export function installerWords({ installer, uvRemedy }: Pick<TorchState, 'installer' | 'uvRemedy'>): string {
  if (installer === null) return `Neither uv nor a Python 3.11 or newer with pip is on this machine. ${uvRemedy}`
  if (installer.name === 'uv') return `By uv ${installer.version}, into the data folder: 1 to 2 GB, for a card 6 GB or more.`
  return `By pip of Python ${installer.version}, with the build of the package index; uv would pick the one for the card. ${uvRemedy}`
}

const STAGES: Readonly<Record<TorchProgress['stage'], string>> = {
  python: 'Making a Python environment',
  packages: 'Fetching packages',
  proof: 'Loading PyTorch and letting it compute',
}

/** `Fetching packages · 38 % · 0.95 GB of 2.50 GB · 2 min` */
export function progressWords({ stage, doneBytes, totalBytes, startedAt }: TorchProgress, nowMs: number): string {
  const seconds = (nowMs - Date.parse(startedAt)) / 1000
  const fetched =
    totalBytes === 0
      ? []
      : [formatPercent(doneBytes / totalBytes), `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)} in large packages`]
  return [STAGES[stage], ...fetched, ...(seconds >= 20 ? [formatDuration(seconds)] : [])].join(' · ')
}
