/** A word-level netlist as Yosys writes it (`write_json`), with what we need of it. */

/** A net's number, or a constant bit. */
export type Bit = number | '0' | '1' | 'x' | 'z'

export interface NetlistPort {
  readonly direction: 'input' | 'output' | 'inout'
  /** Least significant first. */
  readonly bits: readonly Bit[]
}

export interface Cell {
  readonly type: string
  readonly parameters: Readonly<Record<string, string | number>>
  readonly connections: Readonly<Record<string, readonly Bit[]>>
  readonly directions: Readonly<Record<string, string>>
}

export interface Netlist {
  readonly ports: Readonly<Record<string, NetlistPort>>
  readonly cells: readonly Cell[]
  /** Initial values of nets, where the source gives them. */
  readonly initial: ReadonlyMap<number, 0 | 1>
}

/** A constant that is no value. */
export function isOpen(bit: Bit): boolean {
  return bit === 'x' || bit === 'z'
}

/** Why a netlist is no circuit that can be simulated: the end of the sentence "The design …". */
export class NetlistProblem extends Error {}

interface RawModule {
  ports: Record<string, { direction: NetlistPort['direction']; bits: Bit[] }>
  cells: Record<
    string,
    {
      type: string
      parameters: Record<string, string>
      connections: Record<string, Bit[]>
      port_directions: Record<string, string>
    }
  >
  netnames: Record<string, { bits: Bit[]; attributes: Record<string, string> }>
}

export function parseNetlist(json: string, moduleName: string): Netlist {
  const { modules } = JSON.parse(json) as { modules: Record<string, RawModule> }
  const module = modules[moduleName]
  if (module === undefined) throw new Error(`the netlist has no module ${moduleName}`)
  const initial = new Map<number, 0 | 1>()
  for (const { bits, attributes } of Object.values(module.netnames)) {
    const init = attributes.init
    if (init === undefined) continue
    // Written most significant first.
    bits.forEach((bit, i) => {
      const digit = init[init.length - 1 - i]
      if (typeof bit === 'number' && (digit === '0' || digit === '1')) initial.set(bit, digit === '1' ? 1 : 0)
    })
  }
  const cells = Object.values(module.cells).map(({ type, parameters, connections, port_directions: directions }): Cell => ({
    type,
    parameters,
    connections,
    directions,
  }))
  return { ports: module.ports, cells, initial }
}

/** Number in a parameter, which Yosys writes as a binary string or as a number. */
export function parameterOf(cell: Cell, name: string): number {
  const value = cell.parameters[name]
  if (typeof value === 'number') return value
  return value === undefined ? 0 : Number.parseInt(value.replace(/[^01]/g, '0'), 2)
}

/** Bits of a parameter, least significant first. */
export function parameterBits(cell: Cell, name: string, width: number): Bit[] {
  const value = cell.parameters[name]
  const text = typeof value === 'number' ? value.toString(2) : (value ?? '')
  return Array.from({ length: width }, (_, i) => {
    const digit = text[text.length - 1 - i]
    return digit === '1' || digit === 'x' || digit === 'z' ? digit : '0'
  })
}

export function isLatch(cell: Cell): boolean {
  return /^\$(ad|d)?latch(sr)?$|^\$sr$/.test(cell.type)
}

export function isFlipFlop(cell: Cell): boolean {
  return /^\$(s|a|al)?dff(e|ce|sr|sre)?$/.test(cell.type)
}

/** Size of a design: output bits of all its cells, so that a wide table weighs more than a narrow one. */
export function cellBits(netlist: Netlist): number {
  return netlist.cells.reduce((sum, cell) => sum + outputBits(cell), 0)
}

function outputBits(cell: Cell): number {
  const inputs = Object.entries(cell.connections)
    .filter(([port]) => cell.directions[port] !== 'output')
    .reduce((sum, [, bits]) => Math.max(sum, bits.length), 0)
  // A wide selection has few outputs and many inputs.
  return cell.type === '$pmux' || cell.type === '$bmux'
    ? inputs
    : Math.max(cell.connections.Y?.length ?? 0, cell.connections.Q?.length ?? 0)
}
