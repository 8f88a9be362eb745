/** Completion text -> reasoning block and Verilog module. */
import { withoutComments } from '../verilog/comments.ts'

export interface Extracted {
  /** Text inside the first `<reason>` block; empty when there is none. */
  readonly reasoning: string
  /** The last fenced module; null when no closed fence holds one. */
  readonly code: string | null
}

export function extract(completion: string): Extracted {
  const reasoning = /<reason>([\s\S]*?)<\/reason>/.exec(completion)?.[1] ?? ''
  const fences = [...completion.matchAll(/```(?:verilog|systemverilog|v|sv)[ \t]*\r?\n([\s\S]*?)```/gi)].map((match) => match[1]!)
  const code = fences.filter((fence) => /\bmodule\b[\s\S]*\bendmodule\b/.test(withoutComments(fence))).at(-1) ?? null
  return { reasoning: reasoning.trim(), code: code?.trim() ?? null }
}

/** A module as a completion gives it. */
export function fenced(code: string): string {
  return `\`\`\`verilog\n${code}\n\`\`\``
}
