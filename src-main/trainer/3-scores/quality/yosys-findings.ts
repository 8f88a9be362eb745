/** Warnings of Yosys under the names that Verilator has for the same things. */
import type { Diagnostic } from '#contract/score'
import type { Finding } from './finding.ts'

/** The group `name` is what the warning is about. */
const KINDS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['UNDRIVEN', /^Wire (?<name>.+) is used but has no driver/],
  ['MULTIDRIVEN', /^multiple conflicting drivers for (?<name>[^:]+)/],
  ['UNOPTFLAT', /^found logic loop in module/],
  ['IMPLICIT', /^Identifier `(?<name>[^']+)' is implicitly declared/],
  ['WIDTHTRUNC', /^Literal has a width of \d+ bit, but value requires \d+ bit/],
  ['WIDTHTRUNC', /^Resizing cell port (?<name>.+) from \d+ bits to \d+ bits/],
  ['SELRANGE', /^Range (select )?.*out of bounds|^Range \[[^\]]*\] select/],
]
/** Tells how it synthesises something, which is no flaw. */
const NO_FLAW = /^Replacing memory|^Yosys has only limited support/

export function yosysFindings(warnings: readonly Diagnostic[]): Finding[] {
  return warnings.flatMap(({ message, line }): Finding[] => {
    if (NO_FLAW.test(message)) return []
    for (const [kind, pattern] of KINDS) {
      const match = pattern.exec(message)
      if (match === null) continue
      const name = plainName(match.groups?.name)
      return [{ class: classOf(kind, message), name, line, message: `Yosys warns: ${message}` }]
    }
    return [{ class: 'YOSYS', name: null, line, message: `Yosys warns: ${message}` }]
  })
}

/** A resized connection is too wide or too narrow. */
function classOf(kind: string, message: string): string {
  const sizes = /from (\d+) bits to (\d+) bits/.exec(message)
  return sizes !== null && Number(sizes[1]) < Number(sizes[2]) ? 'WIDTHEXPAND' : kind
}

/** `TopModule.\u.x [3]` -> `x`: a name of the source, whatever instance and bit of it. */
function plainName(name: string | undefined): string | null {
  const plain = name
    ?.replace(/\s*\[[^\]]*\]$/, '')
    .split(/[.\\]/)
    .at(-1)
  return plain === undefined || plain === '' ? null : plain
}
