/** Two designs beside each other: the same inputs, the same clock, 32 simulations at once. */
import type { Port, ReferencedTask, StimulusPlan } from '#contract/task'
import type { Simulator } from './simulator.ts'

/** Words of all bits of some ports: port -> one word of lanes per bit. */
export type InputWords = ReadonlyMap<string, Int32Array>

/** Of one lane: port -> hexadecimal, `x` where a bit has no value. */
export type LaneValues = Readonly<Record<string, string>>

/** Where the designs differ, in one lane. */
interface Difference {
  readonly inputs: Record<string, string>
  readonly expected: Record<string, string>
  readonly actual: Record<string, string>
}

export class Bench {
  readonly #simulators: readonly [Simulator, Simulator]
  readonly #task: ReferencedTask
  readonly #stimulus: StimulusPlan

  constructor(simulators: readonly [Simulator, Simulator], task: ReferencedTask) {
    this.#simulators = simulators
    this.#task = task
    this.#stimulus = task.stimulus
    this.#clock(false)
  }

  /** Holds reset for the planned cycles, all other inputs at 0. */
  reset(): void {
    const { reset, resetCycles } = this.#stimulus
    if (reset === null || this.#stimulus.clock === null) return
    const active = reset.active === 'high' ? -1 : 0
    for (let cycle = 0; cycle < resetCycles; cycle++) {
      this.#drive(new Map([[reset.port, Int32Array.of(active)]]))
      this.#clock(true)
      this.#clock(false)
    }
    this.#drive(new Map([[reset.port, Int32Array.of(~active)]]))
  }

  /** One cycle. `words` gives a lane's values of the first point where the designs differ. */
  play(inputs: InputWords): {
    matching: number
    words: (lane: number) => Difference
  } {
    this.#drive(inputs)
    const before = this.#matching()
    const early = before === -1 ? null : this.#snapshot()
    let after = -1
    if (this.#stimulus.clock !== null) {
      this.#clock(true)
      after = this.#matching()
    }
    const late = after === -1 ? null : this.#snapshot()
    if (this.#stimulus.clock !== null) this.#clock(false)
    const words = (lane: number): Difference => {
      const [expected, actual] = (((before >>> lane) & 1) === 0 ? early : late) as [InputWords, InputWords]
      return { inputs: laneValues(inputs, lane), expected: laneValues(expected, lane), actual: laneValues(actual, lane) }
    }
    return { matching: before & after, words }
  }

  /** One cycle, and what a lane of both puts out at each of its points. */
  watch(inputs: InputWords, lane: number): readonly [expected: LaneValues, actual: LaneValues][] {
    const points: [LaneValues, LaneValues][] = []
    const look = (): void => void points.push([this.#valuesOf(0, lane), this.#valuesOf(1, lane)])
    this.#drive(inputs)
    look()
    if (this.#stimulus.clock === null) return points
    this.#clock(true)
    look()
    this.#clock(false)
    return points
  }

  #valuesOf(which: 0 | 1, lane: number): LaneValues {
    const simulator = this.#simulators[which]
    const isOpen = ({ name, width }: Port): boolean =>
      Array.from({ length: width }).some(
        (_, bit) => simulator.isFloating(name, bit) || ((simulator.unknownLanes(name, bit) >>> lane) & 1) === 1,
      )
    const outputs = this.#outputs.map(
      ({ name, width }) => [name, Int32Array.from({ length: width }, (_, bit) => simulator.output(name, bit))] as const,
    )
    const open = this.#outputs.filter(isOpen).map(({ name }) => [name, 'x'])
    return { ...laneValues(new Map(outputs), lane), ...Object.fromEntries(open) }
  }

  #drive(inputs: InputWords): void {
    for (const simulator of this.#simulators) {
      for (const [port, words] of inputs) words.forEach((word, bit) => simulator.setInput(port, bit, word))
      simulator.settle()
    }
  }

  /** true = the active edge. */
  #clock(isActive: boolean): void {
    const { clock } = this.#stimulus
    if (clock === null) return
    const level = isActive === (clock.edge === 'rising') ? -1 : 0
    this.#drive(new Map([[clock.port, Int32Array.of(level)]]))
  }

  get #outputs(): Port[] {
    return this.#task.ports.filter(({ direction }) => direction === 'output')
  }

  #matching(): number {
    const [reference, candidate] = this.#simulators
    let same = -1
    for (const { name, width } of this.#outputs) {
      for (let bit = 0; bit < width; bit++) {
        // What nothing drives has no value, so that it equals none.
        const equal = candidate.isFloating(name, bit) ? 0 : ~(reference.output(name, bit) ^ candidate.output(name, bit))
        same &= equal | reference.unknownLanes(name, bit)
      }
    }
    return same
  }

  #snapshot(): [InputWords, InputWords] {
    return this.#simulators.map(
      (simulator) =>
        new Map(
          this.#outputs.map(({ name, width }) => [
            name,
            // 0 for what has no value.
            Int32Array.from({ length: width }, (_, bit) => simulator.output(name, bit) & ~simulator.unknownLanes(name, bit)),
          ]),
        ),
    ) as unknown as [InputWords, InputWords]
  }
}

export function laneValues(words: InputWords, lane: number): Record<string, string> {
  return Object.fromEntries(
    [...words].map(([name, bits]) => {
      const value = bits.reduceRight((sum, word) => (sum << 1n) | BigInt((word >>> lane) & 1), 0n)
      return [name, value.toString(16)]
    }),
  )
}
