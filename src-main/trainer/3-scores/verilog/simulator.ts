/** Runs a circuit: 32 simulations at once, one in each bit of a word. */
import type { Random } from '../../math/random.ts'
import type { Circuit, FlipFlop } from './circuit.ts'
import { evaluate, memoryOf, type Wire } from './logic.ts'
import { UnknownLanes } from './unknown-lanes.ts'

/** Rounds of clock edges that cause clock edges: one for each stage of a ripple counter, as long as any is, and some to spare. */
const MAX_RIPPLE_ROUNDS = 256
const SPARE_ROUNDS = 16

export class Simulator {
  readonly circuit: Circuit
  readonly #memory: Int32Array
  /** Clock wires as they were when edges were last looked for. */
  readonly #lastClock = new Map<Wire, number>()
  readonly #floating: ReadonlySet<Wire>
  /** null where each lane has a value. */
  readonly #unknown: UnknownLanes | null
  /** It never came to rest, and stands as it was then. */
  isUnstable = false

  /**
   * States without an initial value start at random: a design that forgot its reset shows it. Floating and unknown wires hold random values too;
   * only a three-valued simulation knows as well what depends on them.
   */
  constructor(circuit: Circuit, random: Random, kind: 'two-valued' | 'three-valued' = 'two-valued') {
    this.circuit = circuit
    const open = [...circuit.floating, ...circuit.unknown]
    this.#floating = new Set(open)
    this.#unknown = kind === 'three-valued' && open.length > 0 ? new UnknownLanes(circuit, open) : null
    this.#memory = memoryOf(circuit.program)
    for (const { q, initial } of circuit.flipFlops) this.#memory[q] = initial === null ? random.uint32() | 0 : -initial
    for (const { held } of circuit.latches) this.#memory[held] = random.uint32() | 0
    for (const wire of open) this.#memory[wire] = random.uint32() | 0
    this.propagate()
    for (const { clock } of circuit.flipFlops) this.#lastClock.set(clock, this.#memory[clock]!)
  }

  /** Lanes of one input bit. */
  setInput(port: string, bit: number, lanes: number): void {
    const wire = this.circuit.inputs.get(port)?.[bit]
    if (wire !== undefined) this.#memory[wire] = lanes
  }

  output(port: string, bit: number): number {
    return this.#memory[this.circuit.outputs.get(port)![bit]!]!
  }

  /** Lanes of an output bit that depend on a value that is not there; always 0 in a two-valued simulation. */
  unknownLanes(port: string, bit: number): number {
    return this.#unknown === null ? 0 : this.#unknown.of(this.circuit.outputs.get(port)![bit]!)
  }

  /** Whether the output bit itself is a net that nothing drives, x or z. */
  isFloating(port: string, bit: number): boolean {
    return this.#floating.has(this.circuit.outputs.get(port)![bit]!)
  }

  /** States, one word per flip-flop. */
  get state(): Int32Array {
    return Int32Array.from(this.circuit.flipFlops, ({ q }) => this.#memory[q]!)
  }

  setState(words: Int32Array): void {
    this.circuit.flipFlops.forEach(({ q }, i) => (this.#memory[q] = words[i]!))
  }

  /** What each flip-flop would take at its next clock edge. */
  get nextState(): Int32Array {
    return Int32Array.from(this.circuit.flipFlops, ({ q, d, enable }) => {
      const on = this.#memory[enable]!
      return (this.#memory[d]! & on) | (this.#memory[q]! & ~on)
    })
  }

  /** Computes the logic between states and outputs, without clock edges. */
  propagate(): void {
    evaluate(this.circuit.program, this.#memory)
    this.#unknown?.propagate(this.#memory)
  }

  /** Lets inputs take effect: logic, clock edges, asynchronous controls, until nothing changes. */
  settle(): void {
    if (this.isUnstable) return
    const { flipFlops, latches } = this.circuit
    const maxRounds = Math.min(flipFlops.length, MAX_RIPPLE_ROUNDS) + SPARE_ROUNDS
    this.propagate()
    for (let round = 0; round < maxRounds; round++) {
      for (const { held, q } of latches) this.#memory[held] = this.#memory[q]!
      const next = flipFlops.map((flipFlop) => this.#stateAfter(flipFlop))
      const isUnknownStill = this.#unknown?.step(this.#memory, (flipFlop) => this.#edge(flipFlop)) ?? true
      for (const clock of this.#lastClock.keys()) this.#lastClock.set(clock, this.#memory[clock]!)
      const isStill = flipFlops.every(({ q }, i) => next[i] === this.#memory[q])
      if (isStill && isUnknownStill) return
      flipFlops.forEach(({ q }, i) => (this.#memory[q] = next[i]!))
      this.propagate()
    }
    this.isUnstable = true
  }

  #edge({ clock, isRising }: FlipFlop): number {
    const [before, now] = [this.#lastClock.get(clock)!, this.#memory[clock]!]
    return isRising ? ~before & now : before & ~now
  }

  #stateAfter(flipFlop: FlipFlop): number {
    const { q, d, enable, overrides } = flipFlop
    const memory = this.#memory
    const edge = this.#edge(flipFlop) & memory[enable]!
    let value = (memory[q]! & ~edge) | (memory[d]! & edge)
    for (const { when, value: forced } of overrides) value = (value & ~memory[when]!) | (memory[forced]! & memory[when]!)
    return value
  }
}
