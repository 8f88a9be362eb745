/** Paths as text, of any platform. */

/** `/sets/human.jsonl` -> `human.jsonl` */
export function lastPart(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? path
}

/** A path as a file manager, a terminal or a browser hands it out: without quotes, `file://` and escapes of an address. */
export function pastedPath(text: string): string {
  const bare = text.trim().replace(/^(["'])(.*)\1$/, '$2')
  if (!/^file:\/\//i.test(bare)) return bare
  const path = bare.replace(/^file:\/\/(localhost)?/i, '')
  try {
    return decodeURIComponent(path).replace(/^\/([A-Za-z]:)/, '$1')
  } catch {
    return path
  }
}
