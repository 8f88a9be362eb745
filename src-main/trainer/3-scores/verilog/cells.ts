/**
 * What each combinational cell of Yosys's word-level library computes. Source: the cell library's own description ("Yosys internal cell
 * library"), its simulation models (simlib.v) and its constant folding (calc.cc). Where those say x, the result is an unknown wire.
 */
import { ONE, ZERO, type LogicBuilder, type Wire } from './logic.ts'
import { isOpen, NetlistProblem, parameterOf, type Cell } from './netlist.ts'

/** Reads a connection of the cell as wires, least significant first. */
export type Read = (port: string) => readonly Wire[]

type Rule = (logic: LogicBuilder, cell: Cell, read: Read, width: number) => readonly Wire[]

const isSigned = (cell: Cell, port: 'A' | 'B'): boolean => parameterOf(cell, `${port}_SIGNED`) === 1

function extended(wires: readonly Wire[], width: number, signed: boolean): Wire[] {
  const fill = signed ? (wires.at(-1) ?? ZERO) : ZERO
  return Array.from({ length: width }, (_, i) => wires[i] ?? fill)
}

function operand(cell: Cell, read: Read, port: 'A' | 'B', width: number): Wire[] {
  return extended(read(port), width, isSigned(cell, port))
}

/** One result bit, the rest 0. */
const single = (wire: Wire, width: number): Wire[] => extended([wire], width, false)

function bitwise(operation: (logic: LogicBuilder, a: Wire, b: Wire) => Wire): Rule {
  return (logic, cell, read, width) => {
    const b = operand(cell, read, 'B', width)
    return operand(cell, read, 'A', width).map((bit, i) => operation(logic, bit, b[i]!))
  }
}

function reduction(operation: (logic: LogicBuilder, a: readonly Wire[]) => Wire): Rule {
  return (logic, _cell, read, width) => single(operation(logic, read('A')), width)
}

function comparison(operation: (logic: LogicBuilder, a: readonly Wire[], b: readonly Wire[]) => Wire): Rule {
  return (logic, cell, read, width) => {
    const both = isSigned(cell, 'A') && isSigned(cell, 'B')
    const common = Math.max(read('A').length, read('B').length)
    const flipped = (port: 'A' | 'B'): Wire[] => {
      const wires = extended(read(port), common, both)
      // Adding 2^(n-1) to both sides turns a signed comparison into an unsigned one.
      return both ? [...wires.slice(0, -1), logic.not(wires.at(-1)!)] : wires
    }
    return single(operation(logic, flipped('A'), flipped('B')), width)
  }
}

function division(pick: 'quotient' | 'remainder'): Rule {
  return (logic, cell, read, width) => {
    const common = Math.max(read('A').length, read('B').length, width)
    const [a, b] = [operand(cell, read, 'A', common), operand(cell, read, 'B', common)]
    const [signA, signB] = [isSigned(cell, 'A') ? a.at(-1)! : ZERO, isSigned(cell, 'B') ? b.at(-1)! : ZERO]
    const magnitude = (x: Wire[], sign: Wire): Wire[] => (sign === ZERO ? x : logic.select(sign, x, logic.negate(x)))
    const result = logic.divide(magnitude(a, signA), magnitude(b, signB))[pick]
    const sign = pick === 'quotient' ? logic.xor(signA, signB) : signA
    const signed = sign === ZERO ? result : logic.select(sign, result, logic.negate(result))
    const isZero = logic.not(logic.any(b))
    return signed.slice(0, width).map((bit) => (isZero === ZERO ? bit : logic.mux(isZero, bit, logic.unknown())))
  }
}

function shifting(direction: 'left' | 'right', isArithmetic: boolean): Rule {
  return (logic, cell, read, width) => {
    const signed = isSigned(cell, 'A')
    const whole = Math.max(width, read('A').length)
    const a = extended(read('A'), whole, signed)
    const fill = isArithmetic && signed ? a.at(-1)! : ZERO
    return logic.shift(a, read('B'), direction, () => fill).slice(0, width)
  }
}

/** To the right by B; a negative B moves to the left. Outside of A, $shift has 0, $shiftx nothing. */
function signedShift(outside: 'zero' | 'unknown'): Rule {
  return (logic, cell, read, width) => {
    const fill = (): Wire => (outside === 'zero' ? ZERO : logic.unknown())
    const inside = read('A')
    const whole = Math.max(width, inside.length)
    const a =
      outside === 'zero'
        ? extended(inside, whole, isSigned(cell, 'A'))
        : Array.from({ length: whole }, (_, i) => inside[i] ?? logic.unknown())
    const b = read('B')
    const right = logic.shift(a, isSigned(cell, 'B') ? b.slice(0, -1) : b, 'right', fill)
    if (!isSigned(cell, 'B')) return right.slice(0, width)
    const left = logic.shift(a, logic.negate([...b, b.at(-1)!]).slice(0, -1), 'left', fill)
    return logic.select(b.at(-1)!, right, left).slice(0, width)
  }
}

/** Y = A, or the word of B whose bit of S is set; several set bits combine by or. */
const parallelMux: Rule = (logic, _cell, read, width) => {
  const [a, b, s] = [read('A'), read('B'), read('S')]
  const none = logic.not(logic.any(s))
  return Array.from({ length: width }, (_, i) =>
    logic.or(logic.and(none, a[i]!), logic.any(s.map((bit, word) => logic.and(bit, b[word * width + i]!)))),
  )
}

/** Y = word number S of A. */
const binaryMux: Rule = (logic, _cell, read, width) =>
  read('S').reduce<readonly Wire[]>((words, bit) => {
    const half: Wire[] = []
    for (let start = 0; start < words.length; start += 2 * width) {
      half.push(...logic.select(bit, words.slice(start, start + width), words.slice(start + width, start + 2 * width)))
    }
    return half
  }, read('A'))

/** Word number S of Y is A, the others 0. */
const demux: Rule = (logic, _cell, read, width) => {
  const [a, s] = [read('A'), read('S')]
  return Array.from({ length: width }, (_, i) => {
    const word = Math.floor(i / a.length)
    const chosen = logic.all(s.map((bit, k) => ((word >> k) & 1 ? bit : logic.not(bit))))
    return logic.and(chosen, a[i % a.length]!)
  })
}

/** A to a constant power, by repeated squaring. No tool makes hardware of a variable one. */
const power: Rule = (logic, cell, read, width) => {
  const b = read('B')
  const isConstant = b.every((bit) => bit === ZERO || bit === ONE) && !(isSigned(cell, 'B') && b.at(-1) === ONE)
  if (!isConstant) throw new NetlistProblem('raises to a power that is not constant')
  let square = operand(cell, read, 'A', width)
  let result = extended([ONE], width, false)
  for (const bit of b.slice(0, b.lastIndexOf(ONE) + 1)) {
    if (bit === ONE) result = logic.multiply(result, square)
    square = logic.multiply(square, square)
  }
  return result
}

const equality = comparison((logic, a, b) => logic.equal(a, b))
const inequality = comparison((logic, a, b) => logic.not(logic.equal(a, b)))

/** Only x itself is case-equal to x, and no signal of hardware ever is x. */
function caseComparison(rule: Rule, whenOpen: Wire): Rule {
  return (logic, cell, read, width) => {
    const { A: a, B: b } = cell.connections
    const hasOpen = a!.some((bit, i) => isOpen(bit) && bit !== b![i]) || b!.some((bit, i) => isOpen(bit) && bit !== a![i])
    return hasOpen ? single(whenOpen, width) : rule(logic, cell, read, width)
  }
}

export const CELL_RULES: Readonly<Record<string, Rule>> = {
  $pos: (_logic, cell, read, width) => operand(cell, read, 'A', width),
  $buf: (_logic, cell, read, width) => operand(cell, read, 'A', width),
  $not: (logic, cell, read, width) => operand(cell, read, 'A', width).map((bit) => logic.not(bit)),
  $neg: (logic, cell, read, width) => logic.negate(operand(cell, read, 'A', width)),
  $and: bitwise((logic, a, b) => logic.and(a, b)),
  $or: bitwise((logic, a, b) => logic.or(a, b)),
  $xor: bitwise((logic, a, b) => logic.xor(a, b)),
  $xnor: bitwise((logic, a, b) => logic.not(logic.xor(a, b))),
  $reduce_and: reduction((logic, a) => logic.all(a)),
  $reduce_or: reduction((logic, a) => logic.any(a)),
  $reduce_bool: reduction((logic, a) => logic.any(a)),
  $reduce_xor: reduction((logic, a) => logic.parity(a)),
  $reduce_xnor: reduction((logic, a) => logic.not(logic.parity(a))),
  $logic_not: reduction((logic, a) => logic.not(logic.any(a))),
  $logic_and: (logic, _cell, read, width) => single(logic.and(logic.any(read('A')), logic.any(read('B'))), width),
  $logic_or: (logic, _cell, read, width) => single(logic.or(logic.any(read('A')), logic.any(read('B'))), width),
  $eq: equality,
  $eqx: caseComparison(equality, ZERO),
  $ne: inequality,
  $nex: caseComparison(inequality, ONE),
  $lt: comparison((logic, a, b) => logic.less(a, b)),
  $ge: comparison((logic, a, b) => logic.not(logic.less(a, b))),
  $gt: comparison((logic, a, b) => logic.less(b, a)),
  $le: comparison((logic, a, b) => logic.not(logic.less(b, a))),
  $add: (logic, cell, read, width) => logic.add(operand(cell, read, 'A', width), operand(cell, read, 'B', width), ZERO).sum,
  $sub: (logic, cell, read, width) => logic.subtract(operand(cell, read, 'A', width), operand(cell, read, 'B', width)).sum,
  $mul: (logic, cell, read, width) => logic.multiply(operand(cell, read, 'A', width), operand(cell, read, 'B', width)),
  $pow: power,
  $div: division('quotient'),
  $mod: division('remainder'),
  $shl: shifting('left', false),
  $sshl: shifting('left', false),
  $shr: shifting('right', false),
  $sshr: shifting('right', true),
  $shift: signedShift('zero'),
  $shiftx: signedShift('unknown'),
  $mux: (logic, _cell, read) => logic.select(read('S')[0]!, read('A'), read('B')),
  $bwmux: (logic, _cell, read) => read('A').map((bit, i) => logic.mux(read('S')[i]!, bit, read('B')[i]!)),
  $pmux: parallelMux,
  $bmux: binaryMux,
  $demux: demux,
  $slice: (_logic, cell, read, width) => read('A').slice(parameterOf(cell, 'OFFSET'), parameterOf(cell, 'OFFSET') + width),
  $concat: (_logic, _cell, read) => [...read('A'), ...read('B')],
}
