/**
 * Which lanes of a circuit have no value, beside a simulation that gives each of them one. A clock counts as known: its edges are those of the
 * simulation.
 */
import type { Circuit, FlipFlop } from './circuit.ts'
import { evaluateUnknown, unknownChoice, type Wire } from './logic.ts'

export class UnknownLanes {
  readonly #circuit: Circuit
  /** One word per wire, 1 = the lane has no value. */
  readonly #words: Int32Array

  constructor(circuit: Circuit, open: readonly Wire[]) {
    this.#circuit = circuit
    this.#words = new Int32Array(circuit.program.wireCount)
    for (const wire of open) this.#words[wire] = -1
  }

  of(wire: Wire): number {
    return this.#words[wire]!
  }

  /** Through the logic between states and outputs, whose values stand in the memory. */
  propagate(memory: Int32Array): void {
    evaluateUnknown(this.#circuit.program, memory, this.#words)
  }

  /** Into the states; the memory still holds the values before. Returns whether all registers stay as they were. */
  step(memory: Int32Array, edgeOf: (flipFlop: FlipFlop) => number): boolean {
    const { flipFlops, latches } = this.#circuit
    for (const { held, q } of latches) this.#words[held] = this.#words[q]!
    const next = flipFlops.map((flipFlop) => this.#after(flipFlop, memory, edgeOf(flipFlop)))
    const isStill = flipFlops.every(({ q }, i) => next[i] === this.#words[q])
    flipFlops.forEach(({ q }, i) => (this.#words[q] = next[i]!))
    return isStill
  }

  #after({ q, d, enable, overrides }: FlipFlop, memory: Int32Array, edge: number): number {
    const words = this.#words
    let value = memory[q]!
    let open = unknownChoice(memory[enable]! & edge, words[enable]! & edge, value ^ memory[d]!, words[q]!, words[d]!)
    value = (value & ~(memory[enable]! & edge)) | (memory[d]! & memory[enable]! & edge)
    for (const { when, value: forced } of overrides) {
      open = unknownChoice(memory[when]!, words[when]!, value ^ memory[forced]!, open, words[forced]!)
      value = (value & ~memory[when]!) | (memory[forced]! & memory[when]!)
    }
    return open
  }
}
