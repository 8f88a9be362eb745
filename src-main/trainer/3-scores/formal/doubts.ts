/** Reasons not to ask a solver about a design: it would be wrong about it, or would not come to an end. */
import type { ReferencedTask } from '#contract/task'
import type { Circuit } from '../verilog/circuit.ts'
import { tokensOf } from '../../verilog/tokens.ts'
import { parameterOf, type Bit, type Cell, type Netlist } from '../verilog/netlist.ts'

const PROMISES = new Set(['parallel_case', 'unique', 'unique0', 'priority'])

/** The end of a sentence that begins with "The design". A promise that does not hold makes a netlist that the words do not mean. */
export function sourceDoubt(code: string): string | null {
  // Comments too: there tools read promises as well.
  return tokensOf(code).some(({ kind, text }) => (kind === 'comment' ? text.includes('parallel_case') : PROMISES.has(text)))
    ? 'promises that no two cases hold at once'
    : null
}

/**
 * The end of a sentence that begins with "The design"; null without doubts. The solver counts steps instead of clocks: it would take two designs
 * for equal that work on different edges.
 */
export function clockDoubt(netlist: Netlist, { flipFlops, latches, inputs }: Circuit, task: ReferencedTask): string | null {
  if (latches.length > 0) return 'has a latch'
  if (flipFlops.length === 0) return null
  const { clock } = task.stimulus
  if (clock === null) return 'has registers in a task without a clock'
  const wire = inputs.get(clock.port)?.[0]
  const isOwn = flipFlops.every((each) => each.clock === wire && each.isRising === (clock.edge === 'rising'))
  if (!isOwn) return 'has a register that another clock or another edge moves'
  return isReadAsData(netlist, clock.port) ? 'reads its clock as data' : null
}

function isReadAsData({ ports, cells }: Netlist, clock: string): boolean {
  const bit = ports[clock]?.bits[0]
  const outputs = Object.values(ports).filter(({ direction }) => direction === 'output')
  const data = cells.flatMap(({ connections }) =>
    Object.entries(connections).flatMap(([port, bits]) => (port === 'CLK' ? [] : [bits])),
  )
  return [...outputs.map(({ bits }) => bits), ...data].some((bits) => bits.some((each) => each === bit))
}

/** Connections of a design in RTLIL, as they are handed to the solver, hold z, which it would take for 0, or an x that nobody has given a value. */
export function hasOpenConnection(rtlil: string): boolean {
  return /^\s*connect .*'[01xz-]*[xz]/m.test(rtlil)
}

/** Something in it has no value that is its own. */
export function isUndefined({ ports, cells }: Netlist, { floating }: Circuit): boolean {
  const isOpen = (bit: Bit): boolean => bit === 'x' || bit === 'z'
  const outputs = Object.values(ports).filter(({ direction }) => direction === 'output')
  return (
    floating.length > 0 ||
    outputs.some(({ bits }) => bits.some(isOpen)) ||
    cells.some(({ connections }) => Object.values(connections).some((bits) => bits.some(isOpen))) ||
    hasOpenParameter(cells)
  )
}

/** A reset or initial value with an x. */
function hasOpenParameter(cells: Netlist['cells']): boolean {
  return cells.some(({ parameters }) =>
    Object.entries(parameters).some(
      ([name, value]) => name.endsWith('_VALUE') && typeof value === 'string' && /[xz]/.test(value),
    ),
  )
}

/** Gates of both designs, beyond which a proof may take minutes. */
const MAX_GATES = 6_000
/**
 * Bits times bits of a product that one side spells out in another way. A proof about 7 x 7 takes half a second, about 8 x 8 fifteen; over several
 * cycles 4 x 4 takes nine.
 */
const MAX_PRODUCT_BITS = { combinational: 49, sequential: 9 }
const HARD_CELLS = new Set(['$mul', '$div', '$mod', '$divfloor', '$modfloor', '$pow', '$macc', '$macc_v2'])

/** `miter` is what is left of both sides after simplification. */
export interface Joined {
  readonly reference: Netlist
  readonly design: Netlist
  readonly miter: Netlist
  readonly gates: number
  readonly hasRegisters: boolean
}

/** The end of a sentence that begins with "The proof"; null when it can be expected to end. */
export function sizeDoubt({ reference, design, miter, gates, hasRegisters }: Joined): string | null {
  // Where simplification has made both sides one, nothing is left to be found.
  if (!miter.cells.some(isOpenComparison)) return null
  if (gates > MAX_GATES) return `would be about ${gates} gates`
  const left = miter.cells.filter(isHard)
  const isShared = [reference, design].every(({ cells }) => cells.filter(isHard).length === left.length)
  const limit = hasRegisters ? MAX_PRODUCT_BITS.sequential : MAX_PRODUCT_BITS.combinational
  const isWide = left.some((cell) => parameterOf(cell, 'A_WIDTH') * parameterOf(cell, 'B_WIDTH') > limit)
  return isWide && !isShared ? 'would be about wide products' : null
}

function isHard({ type }: Cell): boolean {
  return HARD_CELLS.has(type)
}

/** A comparison of an output of one side with the same output of the other. */
function isOpenComparison({ type, connections }: Cell): boolean {
  return type === '$eqx' && connections.A!.some((bit, i) => bit !== connections.B![i])
}
