/** What the list of runs can be sorted by. Apart from the schemas, so that screens can name it without carrying a validator. */
import { COMPONENTS } from './components.ts'

export const RUN_SORT_KEYS = [
  'created',
  'name',
  'status',
  'algorithm',
  'preset',
  'step',
  'validation',
  'reward',
  ...COMPONENTS,
] as const
export type RunSortKey = (typeof RUN_SORT_KEYS)[number]
