/** Families that only the test split shows: each composes what others teach, in a way that no training task does. */
import { assigns, clocked, enableInput, innerRegister, outputRegister, RESETS, SWITCH, whenEnabled } from '../clocked.ts'
import { family, input, output, product, range } from '../design.ts'

const graycounter = family({
  name: 'graycounter',
  isUnseen: true,
  combinations: product({ width: range(2, 8), reset: RESETS, enable: SWITCH }),
  difficulty: ({ enable }) => (enable ? 4 : 3),
  design: ({ width, reset, enable }) =>
    clocked({
      reset,
      inputs: enableInput(enable),
      outputPorts: [output('y', width)],
      registers: [innerRegister('c', width)],
      steps: assigns('c', ['c + 1'], enable),
      outputs: [{ target: 'y', value: ['c ^ (c >> 1)'] }],
      does: [
        `a counter c counts up${whenEnabled(enable)} and y is the Gray code of c`,
        `y counts up in Gray code${whenEnabled(enable)}`,
      ],
      runCycles: 18,
    }),
})

const ring = family({
  name: 'ring',
  isUnseen: true,
  combinations: product({ width: range(3, 8), reset: RESETS, direction: ['left', 'right'] }),
  difficulty: () => 3,
  design: ({ width, reset, direction }) => {
    const top = width - 1
    return clocked({
      reset,
      inputs: [],
      outputPorts: [output('q', width)],
      registers: [outputRegister(width, 1)],
      steps: assigns('q', [direction === 'left' ? `{q[${top - 1}:0], q[${top}]}` : `{q[0], q[${top}:1]}`]),
      does: [`q is rotated ${direction} by 1`, `ring counter: q rotates ${direction} by 1 bit`],
      runCycles: 12,
    })
  },
})

/** Second tap of a maximum-length register beside its last bit. Source: the standard table of two-tap primitive trinomials. */
const TAPS: Readonly<Record<number, number>> = { 3: 1, 4: 2, 5: 2, 6: 4, 7: 5, 9: 4 }

const lfsr = family({
  name: 'lfsr',
  isUnseen: true,
  combinations: product({ width: [3, 4, 5, 6, 7, 9], reset: RESETS, enable: SWITCH }),
  difficulty: ({ enable }) => (enable ? 5 : 4),
  design: ({ width, reset, enable }) => {
    const [top, tap] = [width - 1, TAPS[width]!]
    return clocked({
      reset,
      inputs: enableInput(enable),
      outputPorts: [output('q', width)],
      registers: [outputRegister(width, 1)],
      steps: assigns('q', [`{q[${top - 1}:0], q[${top}] ^ q[${tap}]}`], enable),
      does: [
        `q shifts left and q[${top}] xor q[${tap}] comes in${whenEnabled(enable)}`,
        `feedback shift register: q[${top}] xor q[${tap}] enters q, which moves left${whenEnabled(enable)}`,
      ],
      runCycles: 16,
    })
  },
})

const sataccumulator = family({
  name: 'sataccumulator',
  isUnseen: true,
  combinations: product({ width: range(3, 9), reset: RESETS, enable: SWITCH }),
  difficulty: ({ enable }) => (enable ? 5 : 4),
  design: ({ width, reset, enable }) => {
    const most = 2 ** width - 1
    return clocked({
      reset,
      inputs: [...enableInput(enable), input('a', width)],
      outputPorts: [output('q', width)],
      registers: [outputRegister(width)],
      steps: assigns('q', [`q + a > ${most} ? ${most} : q + a`], enable),
      does: [
        `a is added to q${whenEnabled(enable)}, but q stays at ${most} at most`,
        `accumulator: q grows by a${whenEnabled(enable)} to at most ${most}`,
      ],
    })
  },
})

export const UNSEEN = [graycounter, ring, lfsr, sataccumulator]
