/** Reasons not to ask a solver about a design: it would be wrong about it, or would not come to an end. */
import type { ReferencedTask } from '#contract/task'
import type { Circuit } from '../verilog/circuit.ts'
import { parameterOf, type Bit, type Netlist } from '../verilog/netlist.ts'

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

/** Size of a proof: gates of both designs, beyond which it may take minutes. */
const MAX_GATES = 6_000
/** A proof about products grows with the square of their bits and worse: 6 x 6 takes a second, 8 x 8 fifteen. */
const MAX_PRODUCT_BITS = 49
const HARD_CELLS = new Set(['$mul', '$div', '$mod', '$divfloor', '$modfloor', '$pow', '$macc', '$macc_v2'])

/** The end of a sentence that begins with "The proof"; null when it can be expected to end. `miter` is what is left of both after simplification. */
export function sizeDoubt(miter: Netlist, gates: number): string | null {
  if (gates > MAX_GATES) return `would be about ${gates} gates`
  const isHard = miter.cells.some((cell) => {
    if (!HARD_CELLS.has(cell.type)) return false
    return parameterOf(cell, 'A_WIDTH') * parameterOf(cell, 'B_WIDTH') > MAX_PRODUCT_BITS || cell.type === '$pow'
  })
  return isHard ? 'would be about wide products' : null
}
