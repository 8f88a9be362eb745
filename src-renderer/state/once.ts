/** A name for an act, so that it can be asked for again and is done once (contract/once.ts). */
export function drawOnce(): string {
  return crypto.getRandomValues(new Uint32Array(1))[0]!.toString(16).padStart(8, '0')
}

/** Was this run or experiment made by that act? */
export function isMadeBy(id: string, once: string): boolean {
  return id.endsWith(`-${once}`)
}
