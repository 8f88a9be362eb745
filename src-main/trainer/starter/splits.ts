/** Which split a parameter combination belongs to: decided by its hash alone, so that no example of one split is ever seen by another. */
import type { Split } from '#contract/splits'
import { hashSeed } from '../math/random.ts'
import type { Family, Parameters } from './design.ts'

/** Shares of the combinations of a family that every split shows, in percent. */
const TRAIN_PERCENT = 62
const VALIDATION_PERCENT = 18

export function splitOf(family: Family, parameters: Parameters): Split {
  if (family.isUnseen) return 'test'
  const place = hashSeed('starter split', family.name, JSON.stringify(parameters)) % 100
  return place < TRAIN_PERCENT ? 'train' : place < TRAIN_PERCENT + VALIDATION_PERCENT ? 'validation' : 'test'
}

export function combinationsIn(family: Family, split: Split): Parameters[] {
  return family.combinations.filter((parameters) => splitOf(family, parameters) === split)
}
