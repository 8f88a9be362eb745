/** Which of the machine's cards a run takes. */
import type { Gpu } from '#contract/gpu'

/** Of `torch` in a run's config: UUIDs or numbers with commas between them, and how many processes want a card each. */
export interface WantedCards {
  readonly gpu: string | null
  readonly processes: number
}

/**
 * By UUID or number: the cards that it names, else the first that its environment lets it see.
 * Source of the variables: the CUDA programming guide; ROCm, GPU isolation techniques.
 */
export function cardsOfRun({ gpu, processes }: WantedCards, environment = process.env): string[] {
  const seen = environment.CUDA_VISIBLE_DEVICES ?? environment.HIP_VISIBLE_DEVICES ?? environment.ROCR_VISIBLE_DEVICES
  const list = gpu ?? seen
  const cards =
    list === undefined ? Array.from({ length: processes }, (_, i) => String(i)) : list.split(',').map((card) => card.trim())
  return cards.slice(0, processes)
}

/** Of these cards the one with the least free memory, for each has to hold the same; null where no tool tells of one of them. */
export function tightestCard(gpus: readonly Gpu[], wanted: WantedCards, environment = process.env): Gpu | null {
  const cards = cardsOfRun(wanted, environment).map((card) => gpus.find((one) => isCard(one, card)))
  if (cards.length === 0 || cards.includes(undefined)) return null
  return cards.map((card) => card!).reduce((least, card) => ((card.freeBytes ?? 0) < (least.freeBytes ?? 0) ? card : least))
}

/** CUDA takes the beginning of a UUID for the whole. */
export function isCard({ index, uuid }: Pick<Gpu, 'index' | 'uuid'>, card: string): boolean {
  return card !== '' && (card === String(index) || uuid.startsWith(card))
}
