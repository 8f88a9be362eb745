/** The parts of a data set. Without a schema library: the page reads this file. */
export const SPLITS = ['train', 'validation', 'test'] as const
export type Split = (typeof SPLITS)[number]
