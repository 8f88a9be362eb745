/** Families that watch a signal: edges and bit patterns. */
import { assigns, clocked, innerRegister, RESETS, SWITCH } from '../clocked.ts'
import { family, input, output, product, range } from '../design.ts'

const EDGES = { rising: 'a & ~p', falling: '~a & p', any: 'a ^ p' } as const

const edges = family({
  name: 'edges',
  combinations: product({ edge: ['rising', 'falling', 'any'], width: range(1, 4), reset: RESETS, registered: SWITCH }),
  difficulty: ({ registered, width }) => 2 + (registered ? 1 : 0) + (width > 1 ? 0.5 : 0),
  design: ({ edge, width, reset, registered }) => {
    const value = [EDGES[edge]]
    const previous = innerRegister('p', width)
    const which = edge === 'any' ? 'any change' : `a ${edge} edge`
    const each = width > 1 ? 'each bit of y' : 'y'
    const late = registered ? ', one clock later from a register' : ', in the same clock'
    return clocked({
      reset,
      inputs: [input('a', width)],
      outputPorts: [output('y', width)],
      registers: registered ? [previous, { name: 'y', width, resetValue: 0, isOutput: true }] : [previous],
      steps: [
        {
          when: null,
          set: [{ register: 'p', value: ['a'] }, ...(registered ? [{ register: 'y', value }] : [])],
        },
      ],
      outputs: registered ? [] : [{ target: 'y', value }],
      does: [`${each} is 1 for one clock at ${which} of a${late}`, `edge detector: ${each} marks ${which} of a${late}`],
    })
  },
})

const PATTERNS = [2, 3, 4].flatMap((length) => range(0, 2 ** length - 1).map((value) => value.toString(2).padStart(length, '0')))

const seqdet = family({
  name: 'seqdet',
  combinations: product({ pattern: PATTERNS, reset: RESETS }),
  difficulty: ({ pattern }) => pattern.length + 1,
  design: ({ pattern, reset }) => {
    const length = pattern.length
    return clocked({
      reset,
      inputs: [input('a')],
      outputPorts: [output('y')],
      registers: [innerRegister('p', length)],
      steps: assigns('p', [length === 2 ? '{p[0], a}' : `{p[${length - 2}:0], a}`]),
      outputs: [{ target: 'y', value: [`p == ${length}'b${pattern}`] }],
      does: [`y is 1 when the last ${length} bits of a were ${pattern}`, `sequence detector: y is 1 after a was ${pattern}`],
      runCycles: 8,
    })
  },
})

export const DETECTORS = [edges, seqdet]
