/**
 * What a completion loses for its length: 0 up to the limit less the buffer, then evenly down to -1 at the limit, -1 beyond it. Lengths in
 * tokens; a buffer of 0 takes nothing. Source: DAPO (Yu et al., 2025), soft overlong punishment.
 */
export function overlongPenalty(lengthTokens: number, limitTokens: number, bufferTokens: number): number {
  if (bufferTokens === 0) return 0
  const beyond = lengthTokens - (limitTokens - bufferTokens)
  return beyond <= 0 ? 0 : -Math.min(1, beyond / bufferTokens)
}
