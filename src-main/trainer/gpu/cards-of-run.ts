/** Which of the machine's cards a run takes. */
import type { Gpu } from '#contract/gpu'

/**
 * By UUID or number: the card that it names, else the first that its environment lets it see.
 * Source of the variables: the CUDA programming guide; ROCm, GPU isolation techniques.
 */
export function cardsOfRun(gpu: string | null, environment = process.env): string[] {
  const seen = environment.CUDA_VISIBLE_DEVICES ?? environment.HIP_VISIBLE_DEVICES ?? environment.ROCR_VISIBLE_DEVICES ?? '0'
  return [gpu ?? seen.split(',')[0]!.trim()]
}

/** null where no tool tells of it. */
export function cardOfRun(gpus: readonly Gpu[], gpu: string | null, environment = process.env): Gpu | null {
  const [card] = cardsOfRun(gpu, environment)
  return gpus.find((one) => isCard(one, card!)) ?? null
}

/** CUDA takes the beginning of a UUID for the whole. */
export function isCard({ index, uuid }: Pick<Gpu, 'index' | 'uuid'>, card: string): boolean {
  return card !== '' && (card === String(index) || uuid.startsWith(card))
}
