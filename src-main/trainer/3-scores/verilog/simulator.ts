/** Runs a circuit: 32 simulations at once, one in each bit of a word. */
import type { Random } from '../../math/random.ts'
import type { Circuit, FlipFlop } from './circuit.ts'
import { evaluate, memoryOf, type Wire } from './logic.ts'

/** After this many rounds of clock edges that cause clock edges, the design is taken to oscillate. */
const MAX_ROUNDS = 16

export class Simulator {
  readonly circuit: Circuit
  readonly #memory: Int32Array
  /** Clock wires as they were when edges were last looked for. */
  readonly #lastClock = new Map<Wire, number>()
  readonly #floating: ReadonlySet<Wire>
  isUnstable = false

  /** States without an initial value and floating wires start at random: a design that forgot its reset shows it. */
  constructor(circuit: Circuit, random: Random) {
    this.circuit = circuit
    this.#floating = new Set(circuit.floating)
    this.#memory = memoryOf(circuit.program)
    for (const { q, initial } of circuit.flipFlops) this.#memory[q] = initial === null ? random.uint32() | 0 : -initial
    for (const { held } of circuit.latches) this.#memory[held] = random.uint32() | 0
    for (const wire of circuit.floating) this.#memory[wire] = random.uint32() | 0
    evaluate(circuit.program, this.#memory)
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
  }

  /** Lets inputs take effect: logic, clock edges, asynchronous controls, until nothing changes. */
  settle(): void {
    const { program, flipFlops, latches } = this.circuit
    evaluate(program, this.#memory)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      for (const { held, q } of latches) this.#memory[held] = this.#memory[q]!
      const next = flipFlops.map((flipFlop) => this.#stateAfter(flipFlop))
      for (const clock of this.#lastClock.keys()) this.#lastClock.set(clock, this.#memory[clock]!)
      const isStill = flipFlops.every(({ q }, i) => next[i] === this.#memory[q])
      if (isStill) return
      flipFlops.forEach(({ q }, i) => (this.#memory[q] = next[i]!))
      evaluate(program, this.#memory)
    }
    this.isUnstable = true
  }

  #stateAfter({ q, d, clock, isRising, enable, overrides }: FlipFlop): number {
    const memory = this.#memory
    const [before, now] = [this.#lastClock.get(clock)!, memory[clock]!]
    const edge = (isRising ? ~before & now : before & ~now) & memory[enable]!
    let value = (memory[q]! & ~edge) | (memory[d]! & edge)
    for (const { when, value: forced } of overrides) value = (value & ~memory[when]!) | (memory[forced]! & memory[when]!)
    return value
  }
}
