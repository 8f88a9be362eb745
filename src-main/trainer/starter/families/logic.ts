/** Families of plain logic: gates, expressions, multiplexers, decoders, encoders, parity. */
import { SWITCH } from '../clocked.ts'
import { bitsFor, family, input, output, product, range } from '../design.ts'

const OPERATORS = { and: '&', or: '|', xor: '^' } as const
const LETTERS = ['a', 'b', 'c', 'd'] as const

const gate = family({
  name: 'gate',
  combinations: product({ kind: ['and', 'or', 'xor', 'nand', 'nor', 'xnor'], inputs: [2, 3, 4], width: [1, 2, 3, 4, 6, 8] }),
  difficulty: ({ inputs, width }) => (inputs > 2 && width > 1 ? 2 : 1),
  design: ({ kind, inputs, width }) => {
    const isInverted = kind.startsWith('n') || kind === 'xnor'
    const plain = kind === 'xnor' ? 'xor' : isInverted ? (kind.slice(1) as 'and' | 'or') : (kind as keyof typeof OPERATORS)
    const names = LETTERS.slice(0, inputs)
    const joined = names.join(` ${OPERATORS[plain]} `)
    return {
      ports: [...names.map((name) => input(name, width)), output('y', width)],
      outputs: [{ target: 'y', value: [isInverted ? `~(${joined})` : joined] }],
      behaviours: [`y is the bitwise ${kind} of ${words(names)}`, `${kind} gate: y is ${words(names)} combined by ${kind}`],
    }
  },
})

const expr = family({
  name: 'expr',
  combinations: product({
    first: ['and', 'or', 'xor'],
    second: ['and', 'or', 'xor'],
    not: ['none', 'a', 'b', 'c'],
    inverted: SWITCH,
  }),
  difficulty: ({ not, inverted }) => 2 + (not === 'none' ? 0 : 0.5) + (inverted ? 0.5 : 0),
  design: ({ first, second, not, inverted }) => {
    const [a, b, c] = LETTERS.map((name) => (name === not ? `~${name}` : name))
    const [wordA, wordB, wordC] = LETTERS.map((name) => (name === not ? `not ${name}` : name))
    const code = `(${a} ${OPERATORS[first]} ${b}) ${OPERATORS[second]} ${c}`
    const said = `(${wordA} ${first} ${wordB}) ${second} ${wordC}`
    const whole = inverted ? `not (${said})` : said
    return {
      ports: [input('a'), input('b'), input('c'), output('y')],
      outputs: [{ target: 'y', value: [inverted ? `~(${code})` : code] }],
      behaviours: [`y is ${whole}`, `y equals ${whole}`],
    }
  },
})

const mux = family({
  name: 'mux',
  combinations: product({ ways: [2, 4], width: range(1, 12), enable: SWITCH }),
  difficulty: ({ ways, enable }) => (ways === 4 ? 2 : 1) + (enable ? 1 : 0),
  design: ({ ways, width, enable }) => {
    const names = LETTERS.slice(0, ways)
    const chosen =
      ways === 2 ? ['s ? b : a'] : ['s[1] ? (s[0] ? d : c) : (s[0] ? b : a)', 's == 0 ? a : s == 1 ? b : s == 2 ? c : d']
    const zero = enable ? ', or 0 when en is 0' : ''
    return {
      ports: [
        ...names.map((name) => input(name, width)),
        input('s', bitsFor(ways)),
        ...(enable ? [input('en')] : []),
        output('y', width),
      ],
      outputs: [{ target: 'y', value: enable ? chosen.map((value) => `en ? (${value}) : 0`) : chosen }],
      behaviours: [
        `y is ${words(names, 'or')} as s is ${words(range(0, ways - 1), 'or')}${zero}`,
        `${ways}-way multiplexer: s selects ${words(names, 'or')} for y${zero}`,
      ],
    }
  },
})

const decoder = family({
  name: 'decoder',
  combinations: product({ width: range(1, 5), enable: ['none', 'en', 'en_n'], activeLow: SWITCH }),
  difficulty: ({ enable, activeLow }) => 1 + (enable === 'none' ? 0 : 1) + (activeLow ? 1 : 0),
  design: ({ width, enable, activeLow }) => {
    const hot = '1 << a'
    const gated = { none: hot, en: `en ? ${hot} : 0`, en_n: `en_n ? 0 : ${hot}` }[enable]
    const level = activeLow ? 0 : 1
    const only = enable === 'none' ? '' : `, but only when ${enable} is ${enable === 'en' ? 1 : 0}`
    return {
      ports: [input('a', width), ...(enable === 'none' ? [] : [input(enable)]), output('y', 2 ** width)],
      outputs: [{ target: 'y', value: [activeLow ? `~(${gated})` : gated] }],
      behaviours: [
        `decoder: bit a of y is ${level} and the others ${1 - level}${only}`,
        `y has bit number a at ${level}, all others at ${1 - level}${only}`,
      ],
    }
  },
})

const encoder = family({
  name: 'encoder',
  combinations: product({ inputs: range(3, 7), first: ['highest', 'lowest'], valid: SWITCH }),
  difficulty: ({ inputs, valid }) => 2 + (inputs > 4 ? 1 : 0) + (valid ? 1 : 0),
  design: ({ inputs, first, valid }) => {
    const order = first === 'highest' ? range(0, inputs - 1).reverse() : range(0, inputs - 1)
    const last = order.at(-1)!
    const chain = order.map((i) => (i === last ? (i === 0 ? '0' : `a[${i}] ? ${i} : 0`) : `a[${i}] ? ${i}`)).join(' : ')
    const flag = valid ? ', and v says that a is not 0' : ''
    return {
      ports: [input('a', inputs), output('y', bitsFor(inputs)), ...(valid ? [output('v')] : [])],
      outputs: [{ target: 'y', value: [chain] }, ...(valid ? [{ target: 'v', value: ['|a', 'a != 0'] }] : [])],
      behaviours: [
        `y is the index of the ${first} 1 in a, 0 if none${flag}`,
        `priority encoder: y is the place of the ${first} set bit of a, 0 if none${flag}`,
      ],
    }
  },
})

const parity = family({
  name: 'parity',
  combinations: product({ kind: ['even', 'odd'], width: range(3, 16), append: SWITCH }),
  difficulty: ({ append }) => (append ? 2 : 1),
  design: ({ kind, width, append }) => {
    const bit = kind === 'even' ? '^a' : '~^a'
    return {
      ports: [input('a', width), output('y', append ? width + 1 : 1)],
      outputs: [{ target: 'y', value: append ? [`{${bit}, a}`] : [bit] }],
      behaviours: append
        ? [`y is a with its ${kind} parity bit in front`, `y is the ${kind} parity bit of a followed by a`]
        : [`y is the ${kind} parity bit of a`, `y is the bit that gives a ${kind} parity`],
    }
  },
})

export const LOGIC = [gate, expr, mux, decoder, encoder, parity]

/** "a, b and c" */
function words(items: readonly (string | number)[], joint = 'and'): string {
  return `${items.slice(0, -1).join(', ')} ${joint} ${items.at(-1)}`
}
