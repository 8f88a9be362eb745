/** Completion text -> reasoning block and Verilog module. Linear in its length: it runs before anything has limited that. */
import { withoutComments } from '../verilog/comments.ts'

export interface Extracted {
  /** Text inside the first `<reason>` block; empty when there is none. */
  readonly reasoning: string
  /** The last fenced module; null when no closed fence holds one. */
  readonly code: string | null
}

const FENCE = /```(?:verilog|systemverilog|v|sv)[ \t]*\r?\n([\s\S]*?)```/gi

export function extract(completion: string): Extracted {
  const fences = Array.from(completion.matchAll(FENCE), (match) => match[1]!)
  return { reasoning: reasonOf(completion).trim(), code: fences.findLast(holdsModule)?.trim() ?? null }
}

function reasonOf(completion: string): string {
  const open = completion.indexOf('<reason>')
  const start = open + '<reason>'.length
  const end = open < 0 ? -1 : completion.indexOf('</reason>', start)
  return end < 0 ? '' : completion.slice(start, end)
}

/** The word `endmodule` somewhere behind the word `module`. */
function holdsModule(code: string): boolean {
  const plain = withoutComments(code)
  const start = plain.search(/\bmodule\b/)
  return start >= 0 && /\bendmodule\b/.test(plain.slice(start))
}

/** A module as a completion gives it. */
export function fenced(code: string): string {
  return `\`\`\`verilog\n${code}\n\`\`\``
}
