/** What a design's reasoning may truly say, derived from the design alone, in the grammar of contract/reasoning-grammar.ts. */
import type { Design } from './design.ts'
import { namesOf } from './render.ts'

/** True statements, one a line, always in the same order. */
export function trueStatements(design: Design): string[] {
  const bits = design.registers.reduce((sum, { width }) => sum + width, 0)
  return [
    `registers: ${bits}`,
    ...(design.reset === null ? [] : [`reset: ${design.reset.kind} ${design.reset.active}`]),
    ...(design.clock === null ? [] : [`clock: ${design.clock}`]),
    ...design.ports
      .filter(({ direction }) => direction === 'output')
      .flatMap(({ name, width }) => [
        `${name}: ${isRegistered(design, name) ? 'registered' : 'combinational'}`,
        `${name}: width ${width}`,
      ]),
    'latches: none',
  ]
}

/** The output is a register, or nothing but bits of one. */
function isRegistered(design: Design, name: string): boolean {
  if (design.registers.some((register) => register.name === name)) return true
  const output = design.outputs.find(({ target }) => namesOf(target).includes(name))
  const source = /^(\w+)(\[\d+(:\d+)?\])?$/.exec(output?.value[0] ?? '')?.[1]
  return design.registers.some((register) => register.name === source)
}

/** The same statement with something else in its place, so that it is false. */
export function falsified(statement: string): string | null {
  const [key, value] = statement.split(': ') as [string, string]
  const count = /^(width )?(\d+)$/.exec(value)
  if (count !== null) return `${key}: ${count[1] ?? ''}${Number(count[2]) + 1}`
  const other = OPPOSITES[value]
  return other === undefined ? null : `${key}: ${other}`
}

const OPPOSITES: Readonly<Record<string, string>> = {
  rising: 'falling',
  falling: 'rising',
  registered: 'combinational',
  combinational: 'registered',
  'sync high': 'async high',
  'sync low': 'async low',
  'async high': 'sync high',
  'async low': 'sync low',
}
