/** Graphics cards as choices of a run. */
import type { Gpu } from '#contract/gpu'
import { formatBytes } from '../../format/number.ts'

export interface CardChoice {
  /** What the setting `torch.gpu` has. */
  readonly value: string
  readonly words: string
}

/** By name and free memory; `chosen` stays among them when no such card is told of. */
export function cardChoices(gpus: readonly Gpu[], chosen: string | null): CardChoice[] {
  const known = gpus.map((gpu) => ({ value: valueOf(gpu), words: cardWords(gpu) }))
  const named = gpus.find((gpu) => chosen !== null && isNamed(gpu, chosen))
  if (chosen === null || known.some(({ value }) => value === chosen)) return known
  return named === undefined
    ? [...known, { value: chosen, words: namesOf(gpus, chosen) }]
    : known.map((choice) => (choice.value === valueOf(named) ? { ...choice, value: chosen } : choice))
}

/** Several stand with commas between them, for as many processes. */
function namesOf(gpus: readonly Gpu[], chosen: string): string {
  const names = chosen.split(',').map((card) => gpus.find((gpu) => isNamed(gpu, card.trim())))
  if (names.includes(undefined)) return `${chosen}, which no tool tells of`
  return names.map((gpu) => `${gpu!.index}: ${gpu!.name}`).join(' and ')
}

/** `0: NVIDIA H200, 138 GB free`: the list is narrow. */
function cardWords({ name, index, freeBytes, totalBytes }: Gpu): string {
  const memory =
    freeBytes !== null ? `, ${formatBytes(freeBytes)} free` : totalBytes !== null ? `, ${formatBytes(totalBytes)}` : ''
  return `${index}: ${name}${memory}`
}

/** A UUID holds when cards are added; ROCm knows cards by number alone. */
function valueOf({ maker, uuid, index }: Gpu): string {
  return maker === 'nvidia' ? uuid : String(index)
}

function isNamed({ index, uuid }: Gpu, chosen: string): boolean {
  return chosen === String(index) || uuid.startsWith(chosen)
}
