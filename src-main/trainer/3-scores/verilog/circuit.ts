/** Netlist -> circuit: one straight-line program for all logic between inputs, states and outputs. */
import { bitSlices } from './bit-slices.ts'
import { CELL_RULES } from './cells.ts'
import { LogicBuilder, ONE, ZERO, type Program, type Wire } from './logic.ts'
import {
  isFlipFlop,
  isLatch,
  isOpen,
  NetlistProblem,
  parameterBits,
  parameterOf,
  type Bit,
  type Cell,
  type Netlist,
} from './netlist.ts'

/** A control that overrides the clock: while `when` is 1, the state is `value`. */
export interface Override {
  readonly when: Wire
  readonly value: Wire
}

/** One bit of state. */
export interface FlipFlop {
  readonly q: Wire
  readonly d: Wire
  readonly clock: Wire
  readonly isRising: boolean
  /** 1 = the clock edge counts. */
  readonly enable: Wire
  /** Asynchronous, weakest first. */
  readonly overrides: readonly Override[]
  readonly initial: 0 | 1 | null
}

/** A latch bit: transparent while `enable` is 1; `held` is its state, `q` what it shows. */
export interface Latch {
  readonly held: Wire
  readonly q: Wire
}

export interface Circuit {
  readonly program: Program
  readonly inputs: ReadonlyMap<string, readonly Wire[]>
  readonly outputs: ReadonlyMap<string, readonly Wire[]>
  readonly flipFlops: readonly FlipFlop[]
  readonly latches: readonly Latch[]
  /** Wires that nothing drives: they may have any value. */
  readonly floating: readonly Wire[]
  /** Wires that are driven by no value, as far as anything depends on them: x, z, an index out of range, a quotient by zero. */
  readonly unknown: readonly Wire[]
}

/** Throws NetlistProblem for loops, double drivers, unknown cells and circuits that are too large or too deep. */
export function buildCircuit(netlist: Netlist): Circuit {
  try {
    return new CircuitBuilder(netlist).build()
  } catch (error) {
    // Cells are followed to their drivers by recursion: a chain of thousands is longer than the stack.
    if (error instanceof RangeError) throw new NetlistProblem('is too deep to be simulated here')
    throw error
  }
}

/** The circuit, or why there is none: the end of a sentence that begins with "The design". */
export function circuitOf(netlist: Netlist): Circuit | string {
  try {
    return buildCircuit(netlist)
  } catch (error) {
    if (error instanceof NetlistProblem) return error.message
    throw error
  }
}

/** What is looked at from outside of the logic. */
function readWires(outputs: Circuit['outputs'], flipFlops: readonly FlipFlop[], latches: readonly Latch[]): Wire[] {
  return [
    ...[...outputs.values()].flat(),
    ...flipFlops.flatMap(({ d, clock, enable, overrides }) => [
      d,
      clock,
      enable,
      ...overrides.flatMap(({ when, value }) => [when, value]),
    ]),
    ...latches.map(({ q }) => q),
  ]
}

class CircuitBuilder {
  readonly #netlist: Netlist
  readonly #logic = new LogicBuilder()
  readonly #wireOf = new Map<number, Wire>()
  readonly #driver = new Map<number, Cell>()
  readonly #done = new Set<Cell>()
  readonly #visiting = new Set<Cell>()
  readonly #floating: Wire[] = []
  readonly #latches: Latch[] = []

  constructor(netlist: Netlist) {
    this.#netlist = netlist
  }

  build(): Circuit {
    const inputs = this.#declareInputs()
    const states = this.#netlist.cells.filter((cell) => isFlipFlop(cell)).flatMap((cell) => this.#declareStates(cell))
    this.#recordDrivers()
    const outputs = new Map(this.#portsOf('output').map(([name, bits]) => [name, bits.map((bit) => this.#wire(bit))] as const))
    const flipFlops = states.map(({ cell, index, q, initial }) => this.#flipFlop(cell, index, q, initial))
    const latches = this.#latches
    const { program, unknown } = this.#logic.build(readWires(outputs, flipFlops, latches))
    return { program, inputs, outputs, flipFlops, latches, floating: this.#floating, unknown }
  }

  #portsOf(direction: 'input' | 'output'): [string, readonly Bit[]][] {
    return Object.entries(this.#netlist.ports).flatMap(([name, port]) =>
      port.direction === direction ? [[name, port.bits] as [string, readonly Bit[]]] : [],
    )
  }

  #declareInputs(): Map<string, readonly Wire[]> {
    return new Map(this.#portsOf('input').map(([name, bits]) => [name, bits.map((bit) => this.#declare(bit))]))
  }

  #declareStates(cell: Cell): { cell: Cell; index: number; q: Wire; initial: 0 | 1 | null }[] {
    return cell.connections.Q!.map((bit, index) => ({
      cell,
      index,
      q: this.#declare(bit),
      initial: typeof bit === 'number' ? (this.#netlist.initial.get(bit) ?? null) : null,
    }))
  }

  #declare(bit: Bit): Wire {
    if (typeof bit !== 'number') throw new NetlistProblem('drives a constant')
    if (this.#wireOf.has(bit)) throw new NetlistProblem('has a signal with more than one driver')
    const wire = this.#logic.wire()
    this.#wireOf.set(bit, wire)
    return wire
  }

  #recordDrivers(): void {
    for (const cell of this.#netlist.cells) {
      if (isFlipFlop(cell) || cell.type === '$scopeinfo') continue
      if (!(cell.type in CELL_RULES) && !isLatch(cell))
        throw new NetlistProblem(`uses ${cell.type}, which cannot be simulated here`)
      for (const part of bitSlices(cell)) {
        for (const bit of part.connections[isLatch(cell) ? 'Q' : 'Y']!) this.#recordDriver(bit, part)
      }
    }
  }

  #recordDriver(bit: Bit, cell: Cell): void {
    if (typeof bit !== 'number') return
    if (this.#driver.has(bit) || this.#wireOf.has(bit)) throw new NetlistProblem('has a signal with more than one driver')
    this.#driver.set(bit, cell)
  }

  /** The wire of a bit; makes the logic that drives it first. */
  #wire(bit: Bit): Wire {
    if (isOpen(bit)) return this.#logic.unknown()
    if (typeof bit !== 'number') return bit === '1' ? ONE : ZERO
    const known = this.#wireOf.get(bit)
    if (known !== undefined) return known
    const cell = this.#driver.get(bit)
    if (cell === undefined) {
      const wire = this.#declare(bit)
      this.#floating.push(wire)
      return wire
    }
    this.#make(cell)
    return this.#wireOf.get(bit)!
  }

  #make(cell: Cell): void {
    if (this.#done.has(cell)) return
    if (this.#visiting.has(cell)) throw new NetlistProblem('has a combinational loop')
    this.#visiting.add(cell)
    if (isLatch(cell)) this.#makeLatch(cell)
    else {
      const read = (port: string): readonly Wire[] => cell.connections[port]!.map((bit) => this.#wire(bit))
      const target = cell.connections.Y!
      const result = CELL_RULES[cell.type]!(this.#logic, cell, read, target.length)
      target.forEach((bit, i) => typeof bit === 'number' && this.#wireOf.set(bit, result[i] ?? ZERO))
    }
    this.#visiting.delete(cell)
    this.#done.add(cell)
  }

  #makeLatch(cell: Cell): void {
    if (cell.type !== '$dlatch' && cell.type !== '$adlatch')
      throw new NetlistProblem(`uses ${cell.type}, which cannot be simulated here`)
    const held = cell.connections.Q!.map(() => this.#logic.wire())
    const enable = this.#level(cell, 'EN', 'EN_POLARITY')
    const data = cell.connections.D!.map((bit) => this.#wire(bit))
    const shown = this.#logic.select(enable, held, data)
    const q = cell.type === '$adlatch' ? this.#withReset(cell, shown) : shown
    cell.connections.Q!.forEach((bit, i) => {
      if (typeof bit === 'number') this.#wireOf.set(bit, q[i]!)
      this.#latches.push({ held: held[i]!, q: q[i]! })
    })
  }

  #withReset(cell: Cell, shown: readonly Wire[]): Wire[] {
    const reset = this.#level(cell, 'ARST', 'ARST_POLARITY')
    const value = parameterBits(cell, 'ARST_VALUE', shown.length).map((bit) => this.#wire(bit))
    return this.#logic.select(reset, shown, value)
  }

  #flipFlop(cell: Cell, index: number, q: Wire, initial: 0 | 1 | null): FlipFlop {
    const data = this.#wire(cell.connections.D![index]!)
    const value = this.#wire(parameterBits(cell, 'SRST_VALUE', index + 1)[index]!)
    const reset = 'SRST' in cell.connections ? this.#level(cell, 'SRST', 'SRST_POLARITY') : ZERO
    const enable = 'EN' in cell.connections ? this.#level(cell, 'EN', 'EN_POLARITY') : ONE
    return {
      q,
      d: this.#logic.mux(reset, data, value),
      clock: this.#wire(cell.connections.CLK![0]!),
      isRising: parameterOf(cell, 'CLK_POLARITY') === 1,
      // The enable outranks the synchronous reset in $sdffce alone.
      enable: cell.type === '$sdffce' ? enable : this.#logic.or(enable, reset),
      overrides: this.#overrides(cell, index),
      initial,
    }
  }

  #overrides(cell: Cell, index: number): Override[] {
    const overrides: Override[] = []
    const ports = cell.connections
    if ('ARST' in ports) {
      const value = this.#wire(parameterBits(cell, 'ARST_VALUE', index + 1)[index]!)
      overrides.push({ when: this.#level(cell, 'ARST', 'ARST_POLARITY'), value })
    }
    if ('ALOAD' in ports)
      overrides.push({ when: this.#level(cell, 'ALOAD', 'ALOAD_POLARITY'), value: this.#wire(ports.AD![index]!) })
    if ('SET' in ports) overrides.push({ when: this.#level(cell, 'SET', 'SET_POLARITY', index), value: ONE })
    if ('CLR' in ports) overrides.push({ when: this.#level(cell, 'CLR', 'CLR_POLARITY', index), value: ZERO })
    return overrides
  }

  /** A control as active high. */
  #level(cell: Cell, port: string, polarity: string, index = 0): Wire {
    const wire = this.#wire(cell.connections[port]![index]!)
    return parameterOf(cell, polarity) === 1 ? wire : this.#logic.not(wire)
  }
}
