/** Reads the statements of a reasoning block and checks each against the facts of the design. Grammar: contract/reasoning-grammar.ts. */
import type { Statement } from '#contract/score'
import type { DesignFacts, OutputKind } from './facts.ts'

export interface ReasoningResult {
  /** Required kinds about which something true is said / (required kinds + false statements), 0..1: what is not asked for adds nothing. */
  readonly value: number
  readonly statements: readonly Statement[]
  readonly missing: readonly string[]
}

/** Kinds of statement that a task asks for, from its reference: what there is to say about the design. */
export function requiredKinds(facts: DesignFacts): string[] {
  const outputs = [...facts.outputs.keys()].map((name) => `${name} kind`)
  if (facts.registers === 0) return outputs
  return ['registers', 'clock', ...(facts.reset === 'none' ? [] : ['reset']), ...outputs]
}

/** What is true of a design, as a whole reasoning block would say it; in the order in which the starter says it. */
export function trueStatements(facts: DesignFacts): string[] {
  const outputs = [...facts.outputs].flatMap(([name, { kind, width }]) => [
    ...(kind === 'registered' || kind === 'combinational' ? [`${name}: ${kind}`] : []),
    `${name}: width ${width}`,
  ])
  return [
    `registers: ${facts.registers}`,
    ...(facts.reset === 'none' ? [] : [`reset: ${facts.reset}`]),
    ...(facts.clock === null ? [] : [`clock: ${facts.clock}`]),
    ...outputs,
    ...(facts.latches === 0 ? ['latches: none'] : []),
  ]
}

export function checkReasoning(reasoning: string, facts: DesignFacts, required: readonly string[]): ReasoningResult {
  const seen = new Set<string>()
  const statements: Statement[] = []
  const trueKinds = new Set<string>()
  let falseCount = 0
  for (const { key, value } of statementsOf(reasoning)) {
    const text = `${key}: ${value}`
    if (seen.has(text)) continue
    seen.add(text)
    const { kind, ...said } = judge(key, value, facts)
    statements.push({ text, ...said })
    if (said.isTrue) trueKinds.add(kind)
    else falseCount++
  }
  const missing = required.filter((kind) => !trueKinds.has(kind))
  const value = required.length === 0 ? 0 : (required.length - missing.length) / (required.length + falseCount)
  return { value, statements, missing }
}

/** Lines of the form `key: value`; everything else is prose. */
function statementsOf(reasoning: string): { key: string; value: string }[] {
  return reasoning.split('\n').flatMap((line) => {
    const match = /^([A-Za-z_]\w*)\s*:\s*(\S.*)$/.exec(line.trim())
    return match === null ? [] : [{ key: match[1]!, value: match[2]!.replace(/\s+/g, ' ') }]
  })
}

interface Verdict extends Omit<Statement, 'text'> {
  readonly kind: string
}

function judge(key: string, value: string, facts: DesignFacts): Verdict {
  const compare = (kind: string, actual: string | number | null): Verdict =>
    actual === null
      ? { kind, isTrue: false, isUncheckable: true, note: 'the netlist does not show this' }
      : { kind, isTrue: value === String(actual), note: `the netlist says ${actual}` }
  // A port may be called like a keyword of the grammar; ports come first.
  const output = facts.outputs.get(key)
  if (output !== undefined) return judgeOutput(key, value, output)
  switch (key) {
    case 'registers':
      return compare('registers', facts.registers)
    case 'reset':
      return compare('reset', facts.reset)
    case 'clock':
      return compare('clock', facts.clock)
    case 'states':
      return compare('states', facts.states)
    case 'latches':
      return facts.latches === 0
        ? compare('latches', 'none')
        : { kind: 'latches', isTrue: false, note: `the netlist has ${facts.latches} latches` }
    default:
      return {
        kind: key,
        isTrue: false,
        isUncheckable: true,
        note: 'not a statement of the grammar, nor an output of the design',
      }
  }
}

function judgeOutput(name: string, value: string, output: { width: number; kind: OutputKind }): Verdict {
  if (/^width\b/.test(value)) {
    return { kind: `${name} width`, isTrue: value === `width ${output.width}`, note: `the netlist says width ${output.width}` }
  }
  // "latched" and "undriven" are no statements that a design may boast of.
  const isTrue = value === output.kind && (value === 'registered' || value === 'combinational')
  return { kind: `${name} kind`, isTrue, note: `the netlist says ${output.kind}` }
}
