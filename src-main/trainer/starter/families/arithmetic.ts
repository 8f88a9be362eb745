/** Families of arithmetic: adders, comparison, selection, a two-operation ALU. */
import { SWITCH } from '../clocked.ts'
import { bitsFor, family, input, output, product, range } from '../design.ts'

const signedOf = (name: string, isSigned: boolean): string => (isSigned ? `$signed(${name})` : name)

const adder = family({
  name: 'adder',
  combinations: product({ width: range(1, 16), carryIn: SWITCH, carryOut: SWITCH }),
  difficulty: ({ carryIn, carryOut }) => 1 + (carryIn || carryOut ? 1 : 0),
  design: ({ width, carryIn, carryOut }) => {
    const sum = carryIn ? 'a + b + ci' : 'a + b'
    const said = carryIn ? 'a plus b plus the carry ci' : 'a plus b'
    const out = carryOut ? ', with carry out co' : ''
    return {
      ports: [
        input('a', width),
        input('b', width),
        ...(carryIn ? [input('ci')] : []),
        output('y', width),
        ...(carryOut ? [output('co')] : []),
      ],
      outputs: [{ target: carryOut ? '{co, y}' : 'y', value: [sum] }],
      behaviours: [`y is ${said}${out}`, `adder: y is the sum of ${said.replaceAll(' plus ', ' and ')}${out}`],
    }
  },
})

const addsub = family({
  name: 'addsub',
  combinations: product({ width: range(2, 16), subtractAt: [0, 1], zero: SWITCH }),
  difficulty: ({ zero }) => 2 + (zero ? 1 : 0),
  design: ({ width, subtractAt, zero }) => {
    const flag = zero ? ', and z is 1 when y is 0' : ''
    return {
      ports: [input('a', width), input('b', width), input('s'), output('y', width), ...(zero ? [output('z')] : [])],
      outputs: [
        { target: 'y', value: [subtractAt === 1 ? 's ? a - b : a + b' : 's ? a + b : a - b'] },
        ...(zero ? [{ target: 'z', value: ['y == 0'] }] : []),
      ],
      behaviours: [
        `y is a minus b when s is ${subtractAt}, else a plus b${flag}`,
        `y is a plus b when s is ${1 - subtractAt}, else a minus b${flag}`,
      ],
    }
  },
})

const RELATIONS = { equal: '==', unequal: '!=', less: '<', greater: '>', 'at most': '<=', 'at least': '>=' } as const
const RELATION_WORDS = {
  equal: 'equals',
  unequal: 'differs from',
  less: 'is less than',
  greater: 'is greater than',
  'at most': 'is at most',
  'at least': 'is at least',
} as const

const compare = family({
  name: 'compare',
  combinations: product({
    relation: ['equal', 'unequal', 'less', 'greater', 'at most', 'at least'],
    signed: SWITCH,
    width: range(2, 9),
  }).filter(({ relation, signed }) => !signed || !relation.includes('equal')),
  difficulty: ({ signed }) => (signed ? 2 : 1),
  design: ({ relation, signed, width }) => ({
    ports: [input('a', width), input('b', width), output('y')],
    outputs: [{ target: 'y', value: [`${signedOf('a', signed)} ${RELATIONS[relation]} ${signedOf('b', signed)}`] }],
    behaviours: [
      `y is 1 when ${signed ? 'signed ' : ''}a ${RELATION_WORDS[relation]} b`,
      `y says whether a ${RELATION_WORDS[relation]} b${signed ? ', both signed' : ''}`,
    ],
  }),
})

const minmax = family({
  name: 'minmax',
  combinations: product({ pick: ['smaller', 'larger'], signed: SWITCH, width: range(2, 12) }),
  difficulty: ({ signed }) => (signed ? 3 : 2),
  design: ({ pick, signed, width }) => {
    const [a, b] = [signedOf('a', signed), signedOf('b', signed)]
    const relation = pick === 'smaller' ? '<' : '>'
    const kind = signed ? 'signed' : 'unsigned'
    return {
      ports: [input('a', width), input('b', width), output('y', width)],
      outputs: [{ target: 'y', value: [`${a} ${relation} ${b} ? a : b`, `${b} ${relation} ${a} ? b : a`] }],
      behaviours: [`y is the ${pick} of a and b, ${kind}`, `y is the ${pick} one of the ${kind} numbers a and b`],
    }
  },
})

const OPERATIONS = { plus: '+', minus: '-', and: '&', or: '|', xor: '^' } as const

const alu = family({
  name: 'alu',
  combinations: product({
    zero: ['plus', 'minus', 'and', 'or', 'xor'],
    one: ['plus', 'minus', 'and', 'or', 'xor'],
    width: [2, 4, 8],
  }).filter(({ zero, one }) => zero !== one),
  difficulty: ({ width }) => (width > 4 ? 4 : 3),
  design: ({ zero, one, width }) => ({
    ports: [input('a', width), input('b', width), input('s'), output('y', width)],
    outputs: [{ target: 'y', value: [`s ? a ${OPERATIONS[one]} b : a ${OPERATIONS[zero]} b`] }],
    behaviours: [`y is a ${one} b when s is 1, else a ${zero} b`, `y is a ${zero} b when s is 0, a ${one} b when s is 1`],
  }),
})

const popcount = family({
  name: 'popcount',
  combinations: [
    ...product({ what: ['ones', 'zeros'], width: range(3, 8), least: [0] }),
    ...product({ what: ['enough'], width: range(3, 8), least: range(1, 8) }).filter(({ width, least }) => least < width),
  ],
  difficulty: ({ what, width }) => 2 + (what === 'ones' ? 0 : 1) + (width > 5 ? 1 : 0),
  design: ({ what, width, least }) => {
    const sum = range(0, width - 1)
      .map((i) => `a[${i}]`)
      .join(' + ')
    const value = what === 'ones' ? sum : what === 'zeros' ? `${width} - (${sum})` : `(${sum}) >= ${least}`
    return {
      ports: [input('a', width), output('y', what === 'enough' ? 1 : bitsFor(width + 1))],
      outputs: [{ target: 'y', value: [value] }],
      behaviours:
        what === 'enough'
          ? [`y is 1 when at least ${least} bits of a are 1`, `y says whether a has ${least} or more ones`]
          : [`y is the number of ${what} in a`, `y counts the ${what} of a`],
    }
  },
})

export const ARITHMETIC = [adder, addsub, compare, minmax, alu, popcount]
