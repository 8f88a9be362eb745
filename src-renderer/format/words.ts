/** Identifiers as words. */

/** `compile-error` -> `compile error`. */
export function spaced(identifier: string): string {
  return identifier.replaceAll('-', ' ')
}

/** `compilation` -> `Compilation`. */
export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
