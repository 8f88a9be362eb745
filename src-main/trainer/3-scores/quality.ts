/**
 * Quality of a design that compiles: 1 minus named deductions from Yosys's own warnings and a few measures of style that reviewers of
 * hardware agree on. Never below 0.
 */
import type { Diagnostic } from '#contract/score'
import { withoutComments } from '../verilog/comments.ts'

export interface Deduction {
  readonly reason: string
  readonly amount: number
}

const MAX_LINE = 100

export function qualityDeductions(code: string, warnings: readonly Diagnostic[]): Deduction[] {
  const text = withoutComments(code)
  return [
    ...warnings.slice(0, 4).map(({ message }) => ({ reason: `Yosys warns: ${message}`, amount: 0.1 })),
    ...counted(longLines(code), 0.05, 0.2, (line) => `line ${line} is longer than ${MAX_LINE} characters`),
    ...counted(unusedNames(text), 0.1, 0.3, (name) => `${name} is declared and never used`),
    ...counted(oddNames(text), 0.05, 0.2, (name) => `${name} is not in lower_snake_case`),
    ...counted(wrongAssignments(text), 0.2, 0.4, (what) => what),
    ...(hasTabs(code) ? [{ reason: 'indented with tabs and blanks mixed', amount: 0.05 }] : []),
    ...(/\binitial\b/.test(text) ? [{ reason: 'an initial block, which not every target synthesises', amount: 0.1 }] : []),
  ]
}

export function qualityValue(deductions: readonly Deduction[]): number {
  return Math.max(0, 1 - deductions.reduce((sum, { amount }) => sum + amount, 0))
}

function counted<T>(items: readonly T[], each: number, most: number, say: (item: T) => string): Deduction[] {
  return items.slice(0, Math.round(most / each)).map((item) => ({ reason: say(item), amount: each }))
}

function longLines(code: string): number[] {
  return code.split('\n').flatMap((line, i) => (line.length > MAX_LINE ? [i + 1] : []))
}

function hasTabs(code: string): boolean {
  return /^\t/m.test(code) && /^ {2}/m.test(code)
}

/** Names of declared ports, nets, variables and parameters. */
function declaredNames(text: string): string[] {
  const names: string[] = []
  for (const match of text.matchAll(/\b(?:input|output|inout|wire|reg|logic|integer|parameter|localparam)\b([^;)]*)/g)) {
    const list = match[1]!.replace(/\[[^\]]*\]/g, ' ').replace(/=[^,]*/g, ' ')
    for (const [name] of list.matchAll(/\b[A-Za-z_]\w*\b/g)) {
      if (!/^(input|output|inout|wire|reg|logic|integer|parameter|localparam|signed|unsigned)$/.test(name)) names.push(name)
    }
  }
  return [...new Set(names)]
}

function unusedNames(text: string): string[] {
  return declaredNames(text).filter((name) => text.match(new RegExp(`\\b${name}\\b`, 'g'))!.length < 2)
}

/** Parameters may be in capitals. */
function oddNames(text: string): string[] {
  return declaredNames(text).filter((name) => !/^[a-z][a-z0-9_]*$/.test(name) && !/^[A-Z][A-Z0-9_]*$/.test(name))
}

/** Blocking assignments in clocked blocks and non-blocking ones in combinational blocks: simulation and hardware may differ. */
function wrongAssignments(text: string): string[] {
  const problems: string[] = []
  for (const block of text.split(/\balways(?:_ff|_comb|_latch)?\b/).slice(1)) {
    const isClocked = /^\s*@\s*\(\s*(posedge|negedge)\b/.test(block)
    const body = block.split(/\bendmodule\b|\bassign\b/)[0]!.replace(/\([^()]*\)/g, ' ')
    const isBlocking = /(^|[^<>=!])=(?!=)/.test(body)
    if (isClocked && isBlocking) problems.push('a blocking assignment in a clocked block')
    if (!isClocked && /<=/.test(body)) problems.push('a non-blocking assignment in a combinational block')
  }
  return problems
}
