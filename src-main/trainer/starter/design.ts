/** What a family draws: a design in a small structured form, from which code, statements, stimulus and mistakes all follow. */
import type { Port } from '#contract/task'

export type Parameters = Readonly<Record<string, string | number | boolean>>

/** The same value written in one or more ways; a code style picks one. */
export type Forms = readonly string[]

export interface Register {
  readonly name: string
  readonly width: number
  readonly resetValue: number
  /** It is a port of the module. */
  readonly isOutput: boolean
}

/** One branch of the if-else chain of the clocked block; `when: null` is the final else. */
export interface Step {
  readonly when: string | null
  readonly set: readonly { readonly register: string; readonly value: Forms }[]
}

export interface Reset {
  readonly port: string
  readonly kind: 'sync' | 'async'
  readonly active: 'high' | 'low'
}

export interface Design {
  readonly moduleName: string
  readonly ports: readonly Port[]
  /** What the design does, as sentences without their full stop; each says it all. */
  readonly behaviours: readonly string[]
  readonly clock: 'rising' | 'falling' | null
  readonly reset: Reset | null
  readonly registers: readonly Register[]
  readonly steps: readonly Step[]
  /** Combinational outputs. */
  readonly outputs: readonly { readonly target: string; readonly value: Forms }[]
  /** Cycles that directed sequences of a clocked design last, so that counters wrap. */
  readonly runCycles: number
}

export interface Family {
  readonly name: string
  /** Shown by the test split alone. */
  readonly isUnseen: boolean
  readonly combinations: readonly Parameters[]
  difficulty(parameters: Parameters): number
  design(parameters: Parameters): Design
}

/** A family whose functions know the type of their own parameters. */
export function family<P extends Parameters>(definition: {
  name: string
  isUnseen?: boolean
  combinations: readonly P[]
  difficulty: (parameters: P) => number
  design: (parameters: P) => Partial<Design> & Pick<Design, 'behaviours' | 'ports'>
}): Family {
  const { name, isUnseen = false, combinations } = definition
  return {
    name,
    isUnseen,
    combinations,
    difficulty: (parameters) => Math.min(5, Math.max(1, Math.round(definition.difficulty(parameters as P)))),
    design: (parameters) => ({ ...EMPTY, moduleName: name, ...definition.design(parameters as P) }),
  }
}

const EMPTY = { clock: null, reset: null, registers: [], steps: [], outputs: [], runCycles: 8 } as const

/** Every combination of the listed values, the last key changing fastest. */
export function product<const T extends Record<string, readonly (string | number | boolean)[]>>(
  values: T,
): { [K in keyof T]: T[K][number] }[] {
  let rows: Record<string, string | number | boolean>[] = [{}]
  for (const [key, choices] of Object.entries(values)) {
    rows = rows.flatMap((row) => choices.map((choice) => ({ ...row, [key]: choice })))
  }
  return rows as { [K in keyof T]: T[K][number] }[]
}

/** from, from + 1, … to. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

export function input(name: string, width = 1): Port {
  return { name, direction: 'input', width }
}

export function output(name: string, width = 1): Port {
  return { name, direction: 'output', width }
}

/** Bits needed to hold 0 … count - 1. */
export function bitsFor(count: number): number {
  return Math.max(1, Math.ceil(Math.log2(count)))
}
