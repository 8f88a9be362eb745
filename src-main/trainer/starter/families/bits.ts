/** Families that move bits: extension, rotation, shifts, Gray code. */
import { SWITCH } from '../clocked.ts'
import { family, input, output, product, range } from '../design.ts'

/** a[high:low], a single bit without the colon. */
function slice(name: string, high: number, low: number): string {
  return high === low ? `${name}[${high}]` : `${name}[${high}:${low}]`
}

const extend = family({
  name: 'extend',
  combinations: product({ from: range(2, 8), to: range(3, 12), signed: SWITCH }).filter(({ from, to }) => to > from),
  difficulty: ({ signed }) => (signed ? 2 : 1),
  design: ({ from, to, signed }) => {
    const added = to - from
    const sign = slice('a', from - 1, from - 1)
    const kind = signed ? 'sign' : 'zero'
    return {
      ports: [input('a', from), output('y', to)],
      outputs: [{ target: 'y', value: signed ? [`{{${added}{${sign}}}, a}`, '$signed(a)'] : [`{${added}'b0, a}`, 'a'] }],
      behaviours: [
        `y is a ${kind}-extended from ${from} to ${to} bits`,
        `${kind} extension: a has ${from} bits, y is the same number in ${to} bits`,
      ],
    }
  },
})

const rotate = family({
  name: 'rotate',
  combinations: product({ direction: ['left', 'right'], width: range(3, 10), by: range(1, 9) }).filter(
    ({ width, by }) => by < width,
  ),
  difficulty: ({ width }) => (width > 6 ? 3 : 2),
  design: ({ direction, width, by }) => {
    const left = direction === 'left' ? by : width - by
    const [there, back] = direction === 'left' ? ['<<', '>>'] : ['>>', '<<']
    return {
      ports: [input('a', width), output('y', width)],
      outputs: [
        {
          target: 'y',
          value: [
            `{${slice('a', width - left - 1, 0)}, ${slice('a', width - 1, width - left)}}`,
            `(a ${there} ${by}) | (a ${back} ${width - by})`,
          ],
        },
      ],
      behaviours: [`y is a rotated ${direction} by ${by}`, `rotate a to the ${direction} by ${by} bits to give y`],
    }
  },
})

const SHIFTS = {
  left: { code: 'a << s', words: 'shifted left by s' },
  right: { code: 'a >> s', words: 'shifted right by s' },
  arithmetic: { code: '$signed(a) >>> s', words: 'as a signed number shifted right by s' },
} as const

const shifter = family({
  name: 'shifter',
  combinations: product({ kind: ['left', 'right', 'arithmetic'], width: range(3, 12), amountBits: [2, 3] }),
  difficulty: ({ kind }) => (kind === 'arithmetic' ? 3 : 2),
  design: ({ kind, width, amountBits }) => ({
    ports: [input('a', width), input('s', amountBits), output('y', width)],
    outputs: [{ target: 'y', value: [SHIFTS[kind].code] }],
    behaviours: [`y is a ${SHIFTS[kind].words}`, `shifter: y is a ${SHIFTS[kind].words}`],
  }),
})

const gray = family({
  name: 'gray',
  combinations: [...product({ direction: ['to'], width: range(3, 24) }), ...product({ direction: ['from'], width: range(3, 9) })],
  difficulty: ({ direction, width }) => (direction === 'to' ? 2 : width > 5 ? 4 : 3),
  design: ({ direction, width }) => {
    const last = direction === 'to' ? 1 : width - 1
    const terms = range(1, last).map((by) => `(a >> ${by})`)
    return {
      ports: [input('a', width), output('y', width)],
      outputs: [{ target: 'y', value: [['a', ...terms].join(' ^ ')] }],
      behaviours:
        direction === 'to'
          ? ['y is the Gray code of the binary number a', 'convert binary a to Gray code y']
          : [`y is the binary number of the ${width}-bit Gray code a`, `convert ${width}-bit Gray code a to binary y`],
    }
  },
})

export const BITS = [extend, rotate, shifter, gray]
