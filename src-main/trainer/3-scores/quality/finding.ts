/** What a tool, or our own reading of the source, has to say about a design. */

export interface Finding {
  /** Verilator's name of the kind of finding, whoever found it; our own where Verilator has none. */
  readonly class: string
  /** The name it is about; null where it is about a place. */
  readonly name: string | null
  /** From 1, in the code as it was given. */
  readonly line: number | null
  /** A sentence without its full stop. */
  readonly message: string
}

/** Classes that are about a place: tools name different things at the same place. */
const ABOUT_A_PLACE = new Set(['WIDTHTRUNC', 'WIDTHEXPAND', 'BLKSEQ', 'COMBDLY', 'CASEINCOMPLETE', 'LINE-LENGTH'])

/** Each thing once, in the words of whoever comes first. */
export function distinctFindings(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>()
  return findings.filter((finding) => {
    const key = keyOf(finding)
    return !seen.has(key) && seen.add(key)
  })
}

function keyOf({ class: kind, name, line, message }: Finding): string {
  const byPlace = `${kind} line ${line}`
  // Verilator makes no difference between an input and another signal.
  const byName = `${kind === 'UNUSED-INPUT' ? 'UNUSEDSIGNAL' : kind} name ${name}`
  if (ABOUT_A_PLACE.has(kind) && line !== null) return byPlace
  if (name !== null) return byName
  return line === null ? `${kind} ${message}` : byPlace
}
