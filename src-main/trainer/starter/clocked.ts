/** What clocked families share: clock, reset and enable as ports, code and words. */
import type { Port } from '#contract/task'
import { input, type Design, type Forms, type Register, type Reset, type Step } from './design.ts'

export const RESETS = ['sync high', 'sync low', 'async high', 'async low'] as const
export type ResetChoice = (typeof RESETS)[number]

export const SWITCH = [false, true] as const

export function resetOf(choice: ResetChoice): Reset {
  const [kind, active] = choice.split(' ') as ['sync' | 'async', 'high' | 'low']
  return { kind, active, port: active === 'high' ? 'rst' : 'rst_n' }
}

interface Clocked {
  readonly reset: ResetChoice
  readonly edge?: 'rising' | 'falling'
  readonly inputs: readonly Port[]
  readonly outputPorts: readonly Port[]
  readonly registers: readonly Register[]
  readonly steps: readonly Step[]
  readonly outputs?: Design['outputs']
  /** Sentences without the words on reset and clock edge. */
  readonly does: readonly string[]
  readonly runCycles?: number
}

/** A clocked design; its sentences end with what the reset does and, where it is unusual, the clock edge. */
export function clocked(parts: Clocked): Partial<Design> & Pick<Design, 'behaviours' | 'ports'> {
  const reset = resetOf(parts.reset)
  const edge = parts.edge ?? 'rising'
  const falling = edge === 'falling' ? ' on the falling edge of clk' : ''
  return {
    ports: [input('clk'), input(reset.port), ...parts.inputs, ...parts.outputPorts],
    clock: edge,
    reset,
    registers: parts.registers,
    steps: parts.steps,
    outputs: parts.outputs ?? [],
    behaviours: parts.does.map((sentence, i) => `${sentence}${falling}. ${resetWords(reset, parts.registers, i)}`),
    runCycles: parts.runCycles ?? 8,
  }
}

function resetWords(reset: Reset, registers: readonly Register[], phrasing: number): string {
  const kind = reset.kind === 'sync' ? 'synchronous' : 'asynchronous'
  const shown = registers.filter(({ isOutput }) => isOutput)
  const target = shown.length === 1 && registers.length === 1 ? shown[0]! : null
  const effect = target === null ? 'everything to 0' : `${target.name} to ${target.resetValue}`
  return phrasing % 2 === 0
    ? `The ${kind} active-${reset.active} reset ${reset.port} sets ${effect}`
    : `${reset.port} resets ${effect}, ${kind}, active ${reset.active}`
}

export const enableInput = (isEnabled: boolean): Port[] => (isEnabled ? [input('en')] : [])

export const whenEnabled = (isEnabled: boolean): string => (isEnabled ? ' when en is 1' : '')

/** The one assignment of a register, under its enable if there is one. */
export function assigns(register: string, value: Forms, isEnabled = false): Step[] {
  return [{ when: isEnabled ? 'en' : null, set: [{ register, value }] }]
}

export function outputRegister(width: number, resetValue = 0): Register {
  return { name: 'q', width, resetValue, isOutput: true }
}

export function innerRegister(name: string, width: number): Register {
  return { name, width, resetValue: 0, isOutput: false }
}
