/**
 * Bit-parallel logic: a program over bits, each bit a 32-bit word whose lanes are 32 independent simulations.
 * Arithmetic is spelt out in gates while the program is built; constants fold on the way.
 */

import { NetlistProblem } from './netlist.ts'

/** Number of a bit in the program's memory. */
export type Wire = number

export const ZERO: Wire = 0
export const ONE: Wire = 1

const OP = { and: 0, or: 1, xor: 2, not: 3, mux: 4 } as const
const WORDS_PER_OP = 5
/** More gates than any task needs, and more bits without a value; the bound keeps a hostile design from filling memory. */
const MAX_OPERATIONS = 400_000

/** A straight-line program: run once, every wire has its value. */
export interface Program {
  readonly wireCount: number
  readonly code: Int32Array
}

export class LogicBuilder {
  #wireCount = 2
  readonly #code: number[] = []
  readonly #unknown: Wire[] = []

  /** A wire that the caller writes: an input or a state. */
  wire(): Wire {
    return this.#wireCount++
  }

  /** A wire without a value: x, z, or what a cell does not define. The caller writes it: any lanes will do. */
  unknown(): Wire {
    if (this.#unknown.length >= MAX_OPERATIONS) throw new NetlistProblem(`has more than ${MAX_OPERATIONS} bits without a value`)
    const wire = this.wire()
    this.#unknown.push(wire)
    return wire
  }

  not(a: Wire): Wire {
    if (a === ZERO) return ONE
    if (a === ONE) return ZERO
    return this.#emit(OP.not, a, 0, 0)
  }

  and(a: Wire, b: Wire): Wire {
    if (a === ZERO || b === ZERO) return ZERO
    if (a === ONE || a === b) return b
    if (b === ONE) return a
    return this.#emit(OP.and, a, b, 0)
  }

  or(a: Wire, b: Wire): Wire {
    if (a === ONE || b === ONE) return ONE
    if (a === ZERO || a === b) return b
    if (b === ZERO) return a
    return this.#emit(OP.or, a, b, 0)
  }

  xor(a: Wire, b: Wire): Wire {
    if (a === b) return ZERO
    if (a === ZERO) return b
    if (b === ZERO) return a
    if (a === ONE) return this.not(b)
    if (b === ONE) return this.not(a)
    return this.#emit(OP.xor, a, b, 0)
  }

  /** select ? whenOne : whenZero */
  mux(select: Wire, whenZero: Wire, whenOne: Wire): Wire {
    if (select === ZERO || whenZero === whenOne) return whenZero
    if (select === ONE) return whenOne
    return this.#emit(OP.mux, whenZero, whenOne, select)
  }

  all(wires: readonly Wire[]): Wire {
    return wires.reduce((a, b) => this.and(a, b), ONE)
  }

  any(wires: readonly Wire[]): Wire {
    return wires.reduce((a, b) => this.or(a, b), ZERO)
  }

  parity(wires: readonly Wire[]): Wire {
    return wires.reduce((a, b) => this.xor(a, b), ZERO)
  }

  /** a + b + carry, as wide as a; ripple carry. Returns the carry out as well. */
  add(a: readonly Wire[], b: readonly Wire[], carryIn: Wire): { sum: Wire[]; carry: Wire } {
    let carry = carryIn
    const sum = a.map((x, i) => {
      const y = b[i]!
      const half = this.xor(x, y)
      const digit = this.xor(half, carry)
      carry = this.or(this.and(x, y), this.and(half, carry))
      return digit
    })
    return { sum, carry }
  }

  subtract(a: readonly Wire[], b: readonly Wire[]): { sum: Wire[]; carry: Wire } {
    return this.add(
      a,
      b.map((bit) => this.not(bit)),
      ONE,
    )
  }

  negate(a: readonly Wire[]): Wire[] {
    return this.subtract(
      a.map(() => ZERO),
      a,
    ).sum
  }

  /** Unsigned a < b: no carry out of a - b. */
  less(a: readonly Wire[], b: readonly Wire[]): Wire {
    return this.not(this.subtract(a, b).carry)
  }

  equal(a: readonly Wire[], b: readonly Wire[]): Wire {
    return this.not(this.any(a.map((bit, i) => this.xor(bit, b[i]!))))
  }

  select(select: Wire, whenZero: readonly Wire[], whenOne: readonly Wire[]): Wire[] {
    return whenZero.map((bit, i) => this.mux(select, bit, whenOne[i]!))
  }

  /** The low bits of a · b, as many as a has; b has the same width. */
  multiply(a: readonly Wire[], b: readonly Wire[]): Wire[] {
    return b.reduce<Wire[]>(
      (sum, bit, shift) => {
        if (bit === ZERO) return sum
        const shifted = a.map((_, i) => (i < shift ? ZERO : this.and(a[i - shift]!, bit)))
        return this.add(sum, shifted, ZERO).sum
      },
      a.map(() => ZERO),
    )
  }

  /** Unsigned division by restoring subtraction. Division by zero gives all ones and the dividend; callers say what they want then. */
  divide(a: readonly Wire[], b: readonly Wire[]): { quotient: Wire[]; remainder: Wire[] } {
    const wide = [...b, ZERO]
    let remainder: Wire[] = wide.map(() => ZERO)
    const quotient: Wire[] = a.map(() => ZERO)
    for (let i = a.length - 1; i >= 0; i--) {
      const next = [a[i]!, ...remainder.slice(0, -1)]
      const { sum, carry } = this.subtract(next, wide)
      remainder = this.select(carry, next, sum)
      quotient[i] = carry
    }
    return { quotient, remainder: remainder.slice(0, b.length) }
  }

  /** Moves bits towards the high end (`left`) or the low end by a variable amount; what `fill` makes comes in. */
  shift(a: readonly Wire[], amount: readonly Wire[], direction: 'left' | 'right', fill: () => Wire): Wire[] {
    return amount.reduce<Wire[]>(
      (value, bit, stage) => {
        if (bit === ZERO) return value
        const distance = stage < 31 ? 2 ** stage : Infinity
        const moved = value.map((_, i) => value[direction === 'left' ? i - distance : i + distance] ?? fill())
        return this.select(bit, value, moved)
      },
      [...a],
    )
  }

  /** What the `read` wires need of the logic, and of the wires without a value. */
  build(read: Iterable<Wire>): { program: Program; unknown: Wire[] } {
    const isNeeded = new Uint8Array(this.#wireCount)
    for (const wire of read) isNeeded[wire] = 1
    const code: number[] = []
    for (let i = this.#code.length - WORDS_PER_OP; i >= 0; i -= WORDS_PER_OP) {
      if (isNeeded[this.#code[i + 1]!] === 0) continue
      for (let word = WORDS_PER_OP - 1; word >= 0; word--) {
        code.push(this.#code[i + word]!)
        // Behind operation and target; what an operation does not use is wire 0.
        if (word >= 2) isNeeded[this.#code[i + word]!] = 1
      }
    }
    return {
      program: { wireCount: this.#wireCount, code: Int32Array.from(code).reverse() },
      unknown: this.#unknown.filter((wire) => isNeeded[wire] === 1),
    }
  }

  #emit(op: number, a: Wire, b: Wire, c: Wire): Wire {
    if (this.#code.length >= MAX_OPERATIONS * WORDS_PER_OP) throw new NetlistProblem(`needs more than ${MAX_OPERATIONS} gates`)
    const target = this.#wireCount++
    this.#code.push(op, target, a, b, c)
    return target
  }
}

/** Fresh memory of a program: one word per wire. */
export function memoryOf(program: Program): Int32Array {
  const memory = new Int32Array(program.wireCount)
  memory[ONE] = -1
  return memory
}

/** Computes every wire from the inputs and states that stand in the memory. */
export function evaluate({ code }: Program, memory: Int32Array): void {
  for (let i = 0; i < code.length; i += WORDS_PER_OP) {
    const a = memory[code[i + 2]!]!
    let value: number
    switch (code[i]) {
      case OP.and:
        value = a & memory[code[i + 3]!]!
        break
      case OP.or:
        value = a | memory[code[i + 3]!]!
        break
      case OP.xor:
        value = a ^ memory[code[i + 3]!]!
        break
      case OP.not:
        value = ~a
        break
      default: {
        const select = memory[code[i + 4]!]!
        value = (a & ~select) | (memory[code[i + 3]!]! & select)
      }
    }
    memory[code[i + 1]!] = value
  }
}

/**
 * Computes for every wire in which lanes it has no value, from the wires that stand so in `unknown`: Kleene's three-valued logic. The memory is one
 * that `evaluate` has filled; a lane without a value may hold anything there.
 */
export function evaluateUnknown({ code }: Program, memory: Int32Array, unknown: Int32Array): void {
  for (let i = 0; i < code.length; i += WORDS_PER_OP) {
    const [a, b] = [code[i + 2]!, code[i + 3]!]
    const [openA, openB] = [unknown[a]!, unknown[b]!]
    let open: number
    switch (code[i]) {
      case OP.and:
        open = (openA | openB) & (memory[a]! | openA) & (memory[b]! | openB)
        break
      case OP.or:
        open = (openA | openB) & (~memory[a]! | openA) & (~memory[b]! | openB)
        break
      case OP.xor:
        open = openA | openB
        break
      case OP.not:
        open = openA
        break
      default: {
        const select = code[i + 4]!
        open = unknownChoice(memory[select]!, unknown[select]!, memory[a]! ^ memory[b]!, openA, openB)
      }
    }
    unknown[code[i + 1]!] = open
  }
}

/** Lanes without a value of `select ? b : a`: those of what is chosen; where the choice is open, all in which a and b are not one and the same. */
export function unknownChoice(select: number, openSelect: number, difference: number, openA: number, openB: number): number {
  const chosen = (openA & ~select) | (openB & select)
  return (chosen & ~openSelect) | ((difference | openA | openB) & openSelect)
}
