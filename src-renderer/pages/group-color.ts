/** Colour tokens there are for groups of runs and arms of experiments; further ones begin again. */
const COLORS = 6

/** Name of the token. */
export function colorOf(group: number): string {
  return `run-${(group % COLORS) + 1}`
}
