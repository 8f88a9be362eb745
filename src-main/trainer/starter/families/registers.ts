/** Families of registers: plain, toggling, accumulating, shifting, delaying, holding the extreme. */
import { assigns, clocked, enableInput, innerRegister, outputRegister, RESETS, SWITCH, whenEnabled } from '../clocked.ts'
import { family, input, output, product, range } from '../design.ts'

const EDGES = ['rising', 'falling'] as const

const register = family({
  name: 'register',
  combinations: product({ width: range(1, 12), reset: RESETS, enable: SWITCH, edge: EDGES, presets: SWITCH }),
  difficulty: ({ enable, edge, presets }) => 1 + (enable ? 0.5 : 0) + (edge === 'falling' ? 0.5 : 0) + (presets ? 1 : 0),
  design: ({ width, reset, enable, edge, presets }) =>
    clocked({
      reset,
      edge,
      inputs: [...enableInput(enable), input('a', width)],
      outputPorts: [output('q', width)],
      registers: [outputRegister(width, presets ? 1 : 0)],
      steps: assigns('q', ['a'], enable),
      does: [`q takes a${whenEnabled(enable)}`, `register: q stores a${whenEnabled(enable)}`],
    }),
})

const toggle = family({
  name: 'toggle',
  combinations: product({ width: range(1, 10), reset: RESETS, edge: EDGES }),
  difficulty: ({ edge }) => (edge === 'falling' ? 2 : 1),
  design: ({ width, reset, edge }) =>
    clocked({
      reset,
      edge,
      inputs: [input('a', width)],
      outputPorts: [output('q', width)],
      registers: [outputRegister(width)],
      steps: assigns('q', ['q ^ a']),
      does: ['each bit of q toggles where a is 1', 'q flips every bit whose bit in a is 1'],
    }),
})

const accumulator = family({
  name: 'accumulator',
  combinations: product({ width: range(3, 12), reset: RESETS, enable: SWITCH, does: ['add', 'subtract'] }),
  difficulty: ({ enable }) => (enable ? 3 : 2),
  design: ({ width, reset, enable, does }) =>
    clocked({
      reset,
      inputs: [...enableInput(enable), input('a', width)],
      outputPorts: [output('q', width)],
      registers: [outputRegister(width)],
      steps: assigns('q', [does === 'add' ? 'q + a' : 'q - a'], enable),
      does:
        does === 'add'
          ? [`a is added to q${whenEnabled(enable)}`, `accumulator: q grows by a${whenEnabled(enable)}`]
          : [`a is subtracted from q${whenEnabled(enable)}`, `accumulator: q shrinks by a${whenEnabled(enable)}`],
    }),
})

const shiftreg = family({
  name: 'shiftreg',
  combinations: product({ width: range(2, 10), reset: RESETS, enable: SWITCH, direction: ['left', 'right'] }),
  difficulty: ({ enable }) => (enable ? 3 : 2),
  design: ({ width, reset, enable, direction }) => {
    const [top, rest] = [width - 1, width - 2]
    const kept = direction === 'left' ? (rest === 0 ? 'q[0]' : `q[${rest}:0]`) : top === 1 ? 'q[1]' : `q[${top}:1]`
    return clocked({
      reset,
      inputs: [...enableInput(enable), input('a')],
      outputPorts: [output('q', width)],
      registers: [outputRegister(width)],
      steps: assigns('q', [direction === 'left' ? `{${kept}, a}` : `{a, ${kept}}`], enable),
      does: [
        `q shifts ${direction} and a comes in${whenEnabled(enable)}`,
        `shift register: a enters q, which moves ${direction}${whenEnabled(enable)}`,
      ],
    })
  },
})

const delay = family({
  name: 'delay',
  combinations: product({ cycles: range(2, 9), reset: RESETS, enable: SWITCH }),
  difficulty: ({ cycles, enable }) => 2 + (cycles > 4 ? 0.5 : 0) + (enable ? 0.5 : 0),
  design: ({ cycles, reset, enable }) =>
    clocked({
      reset,
      inputs: [...enableInput(enable), input('a')],
      outputPorts: [output('y')],
      registers: [innerRegister('p', cycles)],
      steps: assigns('p', [cycles === 2 ? '{p[0], a}' : `{p[${cycles - 2}:0], a}`], enable),
      outputs: [{ target: 'y', value: [`p[${cycles - 1}]`] }],
      does: [
        `y is a delayed by ${cycles} clocks${enable ? ', counting only those with en at 1' : ''}`,
        `delay line: y follows a after ${cycles} clocks${enable ? ', those with en at 1' : ''}`,
      ],
      runCycles: 12,
    }),
})

const peak = family({
  name: 'peak',
  combinations: product({ keeps: ['largest', 'smallest'], width: range(2, 9), reset: RESETS, enable: SWITCH }),
  difficulty: ({ keeps, enable }) => 2 + (keeps === 'smallest' ? 1 : 0) + (enable ? 1 : 0),
  design: ({ keeps, width, reset, enable }) => {
    const relation = keeps === 'largest' ? '>' : '<'
    return clocked({
      reset,
      inputs: [...enableInput(enable), input('a', width)],
      outputPorts: [output('q', width)],
      registers: [outputRegister(width, keeps === 'largest' ? 0 : 2 ** width - 1)],
      steps: assigns('q', [`a ${relation} q ? a : q`], enable),
      does: [
        `q keeps the ${keeps} a since reset${enable ? ', looking only when en is 1' : ''}`,
        `q is the ${keeps} value of a so far${enable ? ', only those when en is 1' : ''}`,
      ],
    })
  },
})

export const REGISTERS = [register, toggle, accumulator, shiftreg, delay, peak]
