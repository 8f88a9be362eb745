/** Compares a design with the reference on hidden, seeded stimulus. */
import type { Evidence } from '#contract/score'
import type { Port, ReferencedTask } from '#contract/task'
import { createRandom, hashSeed, type Random } from '../../math/random.ts'
import { Bench, laneValues, type InputWords, type LaneValues } from './bench.ts'
import type { Circuit } from './circuit.ts'
import { Simulator } from './simulator.ts'

const LANES = 32
/** Combinational designs with at most this many input bits are tried on every input. */
const EXHAUSTIVE_BITS = 10

type Counterexample = NonNullable<Evidence['counterexample']>

export interface Comparison {
  /** Compared cycles over all sequences, and those in which every output matched before and after the clock edge. */
  readonly cycles: number
  readonly matchingCycles: number
  readonly counterexample: Counterexample | null
  /** The design never came to rest in some cycle, with which the comparison ended. */
  readonly isUnstable: boolean
}

/**
 * Plays the task's stimulus to both circuits and compares all outputs in every cycle after reset: once when the inputs have settled and once after
 * the clock edge, which tells a synchronous reset from an asynchronous one.
 *
 * Where the reference has no value (x, z, undriven, an index out of range, a quotient by zero, and all that depends on one in three-valued logic),
 * any output matches. Registers that start anywhere have a value. The candidate's own bits without a value are random ones; an output bit that is
 * nothing but x, z or undriven matches only where the reference has no value either.
 */
export function compareCircuits(reference: Circuit, candidate: Circuit, task: ReferencedTask, seed: number): Comparison {
  const total = { cycles: 0, matchingCycles: 0, counterexample: null as Counterexample | null, isUnstable: false }
  const plans = batchesOf(task, createRandom(hashSeed(seed, 'stimulus')))
  for (const [index, batch] of plans.entries()) {
    const begin = (): { bench: Bench; simulators: readonly [Simulator, Simulator] } => {
      const startOf = (circuit: 0 | 1): Random => createRandom(hashSeed(seed, 'start', index, circuit))
      const simulators = [new Simulator(reference, startOf(0), 'three-valued'), new Simulator(candidate, startOf(1))] as const
      const bench = new Bench(simulators, task)
      bench.reset()
      if (task.stimulus.reset === null) batch.warmUp.forEach((inputs) => bench.play(inputs))
      return { bench, simulators }
    }
    const { bench, simulators } = begin()
    for (let cycle = 0; cycle < batch.cycles; cycle++) {
      const { matching, words } = bench.play(batch.inputs(cycle))
      const counted = batch.lanesAt(cycle)
      total.cycles += bitCount(counted)
      total.matchingCycles += bitCount(matching & counted)
      const wrong = ~matching & counted
      if (wrong !== 0 && total.counterexample === null) {
        const lane = 31 - Math.clz32(wrong & -wrong)
        // Played again from the start, and only once: to keep what every cycle put out would cost every design.
        const trace = traceOf(begin().bench, batch, lane, cycle)
        total.counterexample = { sequence: index * LANES + lane, cycle, ...words(lane), trace }
      }
      if (simulators[1].isUnstable) return { ...total, isUnstable: true }
    }
  }
  return total
}

/** Cycles before a mismatch and after it that are kept with it. */
const CYCLES_BEFORE = 4
const CYCLES_AFTER = 2

/** What a lane was given and put out around a cycle; at a fresh bench. */
function traceOf(bench: Bench, batch: Batch, lane: number, at: number): NonNullable<Counterexample['trace']> {
  const firstCycle = Math.max(0, at - CYCLES_BEFORE)
  const trace = { firstCycle, inputs: {}, expected: {}, actual: {} }
  for (let cycle = 0; cycle < batch.cycles && cycle <= at + CYCLES_AFTER; cycle++) {
    if (((batch.lanesAt(cycle) >>> lane) & 1) === 0) break
    const points = bench.watch(batch.inputs(cycle), lane)
    if (cycle < firstCycle) continue
    append(trace.inputs, laneValues(batch.inputs(cycle), lane))
    for (const [expected, actual] of points) {
      append(trace.expected, expected)
      append(trace.actual, actual)
    }
  }
  return trace
}

function append(columns: Record<string, string[]>, values: LaneValues): void {
  for (const [port, value] of Object.entries(values)) (columns[port] ??= []).push(value)
}

/** Input values of one cycle: port -> hexadecimal. */
export type Vector = Readonly<Record<string, string>>

/** What is played in one lane, from reset or from its own warm-up on. */
export interface Sequence {
  readonly warmUp: readonly Vector[]
  readonly compared: readonly Vector[]
}

/** The stimulus of a task with a seed as plain sequences, at most `most` of them: for judges other than this one. */
export function sequencesOf(task: ReferencedTask, seed: number, most: number): Sequence[] {
  const sequences: Sequence[] = []
  for (const batch of batchesOf(task, createRandom(hashSeed(seed, 'stimulus')))) {
    const cycles = Array.from({ length: batch.cycles }, (_, cycle) => cycle)
    for (let lane = 0; lane < LANES; lane++) {
      if (sequences.length === most) return sequences
      const compared = cycles.filter((cycle) => ((batch.lanesAt(cycle) >>> lane) & 1) === 1)
      if (compared.length === 0) continue
      sequences.push({
        warmUp: batch.warmUp.map((inputs) => laneValues(inputs, lane)),
        compared: compared.map((cycle) => laneValues(batch.inputs(cycle), lane)),
      })
    }
  }
  return sequences
}

interface Batch {
  /** Cycles that are played first and not compared, where no reset brings both designs to one state: the plan's resetCycles. */
  readonly warmUp: readonly InputWords[]
  readonly cycles: number
  inputs(cycle: number): InputWords
  /** Lanes that have this cycle. */
  lanesAt(cycle: number): number
}

/** Input ports that the stimulus drives, the clock apart. */
function drivenPorts(task: ReferencedTask): Port[] {
  return task.ports.filter(({ name, direction }) => direction === 'input' && name !== task.stimulus.clock?.port)
}

function batchesOf(task: ReferencedTask, random: Random): Batch[] {
  const ports = drivenPorts(task)
  const bits = ports.reduce((sum, { width }) => sum + width, 0)
  if (task.stimulus.clock === null && bits <= EXHAUSTIVE_BITS) return [exhaustive(ports, bits)]
  const sequences = [
    ...task.stimulus.directed.map((vectors) => vectors.length),
    ...Array<number>(task.stimulus.randomSequences).fill(task.stimulus.cycles),
  ]
  const batches: Batch[] = []
  for (let start = 0; start < sequences.length; start += LANES) {
    batches.push(drawn(task, ports, sequences.slice(start, start + LANES), start, random))
  }
  return batches
}

/**
 * Every input. Up to five bits, each lane sees all of them: an undriven net keeps one random value per lane and must not match by luck.
 * More bits: vector v stands in lane v % 32 of cycle v / 32.
 */
function exhaustive(ports: readonly Port[], bits: number): Batch {
  const count = 2 ** bits
  return {
    warmUp: [],
    cycles: count > LANES ? count / LANES : count,
    lanesAt: () => -1,
    inputs: (cycle) => {
      let place = 0
      return new Map(
        ports.map(({ name, width }) => {
          const words = Int32Array.from({ length: width }, (_, bit) =>
            lanesOf((lane) => ((count > LANES ? cycle * LANES + lane : cycle + lane) >> (place + bit)) & 1),
          )
          place += width
          return [name, words]
        }),
      )
    },
  }
}

/** Directed sequences by their vectors, the others at random with the plan's bias. */
function drawn(task: ReferencedTask, ports: readonly Port[], lengths: readonly number[], first: number, random: Random): Batch {
  const { stimulus } = task
  const cycles = Math.max(...lengths)
  const inactive = stimulus.reset?.active === 'low' ? -1 : 0
  const randomWords = (port: Port): Int32Array => {
    if (port.name === stimulus.reset?.port) {
      const asserted = lanesOf(() => (random.next() < stimulus.midResetChance ? 1 : 0))
      return Int32Array.of(inactive ^ asserted)
    }
    const chance = stimulus.bias[port.name] ?? 0.5
    return Int32Array.from({ length: port.width }, () =>
      chance === 0.5 ? random.uint32() | 0 : lanesOf(() => (random.next() < chance ? 1 : 0)),
    )
  }
  const table = Array.from({ length: cycles }, (_, cycle) => {
    const words = new Map(ports.map((port) => [port.name, randomWords(port)]))
    lengths.forEach((_, lane) => {
      const vector = stimulus.directed[first + lane]?.[cycle]
      if (vector === undefined) return
      for (const { name } of ports) {
        const value = BigInt(`0x${vector[name] ?? '0'}`)
        const isDefault = !(name in vector) && name === stimulus.reset?.port
        words.get(name)!.forEach((word, bit, all) => {
          const digit = isDefault ? inactive & 1 : Number((value >> BigInt(bit)) & 1n)
          all[bit] = digit === 1 ? word | (1 << lane) : word & ~(1 << lane)
        })
      }
    })
    return words
  })
  const warmUpCycles = stimulus.clock !== null && stimulus.reset === null ? stimulus.resetCycles : 0
  return {
    warmUp: Array.from({ length: warmUpCycles }, () => new Map(ports.map((port) => [port.name, randomWords(port)]))),
    cycles,
    inputs: (cycle) => table[cycle]!,
    lanesAt: (cycle) => lanesOf((lane) => (cycle < (lengths[lane] ?? 0) ? 1 : 0)),
  }
}

function lanesOf(bit: (lane: number) => number): number {
  let word = 0
  for (let lane = 0; lane < LANES; lane++) word |= bit(lane) << lane
  return word
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
