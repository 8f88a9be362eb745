/** Families that count: by one, round a modulus, with load, and as a divider. */
import { assigns, clocked, enableInput, innerRegister, outputRegister, RESETS, SWITCH, whenEnabled } from '../clocked.ts'
import { bitsFor, family, input, output, product, range } from '../design.ts'

const DIRECTIONS = ['up', 'down'] as const
const signOf = (direction: 'up' | 'down'): string => (direction === 'up' ? '+' : '-')

const counter = family({
  name: 'counter',
  combinations: product({ width: range(2, 10), reset: RESETS, enable: SWITCH, direction: DIRECTIONS }),
  difficulty: ({ enable }) => (enable ? 2 : 1),
  design: ({ width, reset, enable, direction }) =>
    clocked({
      reset,
      inputs: enableInput(enable),
      outputPorts: [output('q', width)],
      registers: [outputRegister(width)],
      steps: assigns('q', [`q ${signOf(direction)} 1`], enable),
      does: [
        `q counts ${direction}${whenEnabled(enable)}`,
        `${width}-bit ${direction} counter q, counting${whenEnabled(enable) || ' always'}`,
      ],
      runCycles: 12,
    }),
})

const modcounter = family({
  name: 'modcounter',
  combinations: product({ modulus: range(3, 20), reset: RESETS, enable: SWITCH }),
  difficulty: ({ modulus, enable }) => 2 + (modulus > 9 ? 1 : 0) + (enable ? 1 : 0),
  design: ({ modulus, reset, enable }) => {
    const width = bitsFor(modulus)
    return clocked({
      reset,
      inputs: enableInput(enable),
      outputPorts: [output('q', width)],
      registers: [outputRegister(width)],
      steps: assigns('q', [`q == ${modulus - 1} ? 0 : q + 1`], enable),
      does: [
        `q counts from 0 to ${modulus - 1} and starts again${whenEnabled(enable)}`,
        `counter modulo ${modulus}: q counts up${whenEnabled(enable)}`,
      ],
      runCycles: modulus + 2,
    })
  },
})

const loadcounter = family({
  name: 'loadcounter',
  combinations: product({ width: range(2, 10), reset: RESETS, enable: SWITCH, direction: DIRECTIONS }),
  difficulty: ({ enable }) => (enable ? 4 : 3),
  design: ({ width, reset, enable, direction }) =>
    clocked({
      reset,
      inputs: [input('ld'), ...enableInput(enable), input('a', width)],
      outputPorts: [output('q', width)],
      registers: [outputRegister(width)],
      steps: [{ when: 'ld', set: [{ register: 'q', value: ['a'] }] }, ...assigns('q', [`q ${signOf(direction)} 1`], enable)],
      does: [
        `when ld is 1 q takes a, else q counts ${direction}${whenEnabled(enable)}`,
        `${direction} counter q with load: ld puts a into q, else it counts${whenEnabled(enable)}`,
      ],
    }),
})

const divider = family({
  name: 'divider',
  combinations: product({ period: range(3, 20), reset: RESETS, enable: SWITCH }),
  difficulty: ({ period, enable }) => 3 + (period > 9 ? 0.5 : 0) + (enable ? 0.5 : 0),
  design: ({ period, reset, enable }) => {
    const last = period - 1
    return clocked({
      reset,
      inputs: enableInput(enable),
      outputPorts: [output('y')],
      registers: [innerRegister('c', bitsFor(period))],
      steps: assigns('c', [`y ? 0 : c + 1`, `c == ${last} ? 0 : c + 1`], enable),
      outputs: [{ target: 'y', value: [`c == ${last}`] }],
      does: [
        `y is 1 in the last of every ${period} clocks${enable ? ', counting only those with en at 1' : ''}`,
        `divide by ${period}: a counter runs to ${last}${whenEnabled(enable)} and y is 1 while it is ${last}`,
      ],
      runCycles: period + 2,
    })
  },
})

export const COUNTERS = [counter, modcounter, loadcounter, divider]
