import { runYosys } from '@yowasp/yosys'
import { expect, test } from 'vitest'
import { createRandom } from '#trainer/math/random'
import { synthesise } from '#trainer/3-scores/tools/yosys'
import { buildCircuit } from '#trainer/3-scores/verilog/circuit'
import { Simulator } from '#trainer/3-scores/verilog/simulator'

/** The operands are as wide as their names say: a 4 bits, b 3 bits, c 2 bits; a and b signed or not. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  and: 'a & b',
  or: 'a | b',
  xor: 'a ^ b',
  xnor: 'a ~^ b',
  not: '~a',
  minus: '-a',
  add: 'a + b',
  subtract: 'a - b',
  multiply: 'a * b',
  divide: 'a / b',
  remainder: 'a % b',
  square: 'a ** 2',
  cube: 'a ** 3',
  powerOfTwo: '2 ** c',
  'shift left': 'a << c',
  'shift right': 'a >> c',
  'arithmetic shift left': 'a <<< c',
  'arithmetic shift right': 'a >>> c',
  less: 'a < b',
  'less or equal': 'a <= b',
  greater: 'a > b',
  'greater or equal': 'a >= b',
  equal: 'a == b',
  unequal: 'a != b',
  'case equal': 'a === b',
  'all ones': '&a',
  'any one': '|a',
  parity: '^a',
  'even parity': '~^a',
  'logical and': 'a && b',
  'logical or': 'a || b',
  'logical not': '!a',
  select: 'c[0] ? a : b',
  'bit by index': 'a[c]',
  'slice by index': 'a[c +: 2]',
  'slice down by index': 'a[c -: 2]',
  'bit by wide index': 'a[b]',
  'slice by wide index': 'a[b +: 3]',
  'table by case': 'f(c)',
  'joined and repeated': '{c, {2{b[0]}}}',
}
const SELECTION = `
  function [5:0] f(input [1:0] k); case (k) 0: f = a; 1: f = b; 2: f = a + b; default: f = 6'h2a; endcase endfunction`

function moduleOf(expression: string, sign: 'signed' | ''): string {
  return `module m(input ${sign} [3:0] a, input ${sign} [2:0] b, input [1:0] c, output ${sign} [5:0] y);${SELECTION}
  assign y = ${expression};
endmodule`
}

const CASES = Object.entries(EXPRESSIONS).flatMap(([name, expression]) =>
  (['', 'signed'] as const).map((sign) => ({ name: `${name} ${sign}`.trim(), code: moduleOf(expression, sign) })),
)

/** Yosys's own evaluator: the bits of y for every a, b, c, in that order of digits; x where there is no value. */
async function tableByYosys(code: string): Promise<string[]> {
  let log = ''
  const collect = (bytes: Uint8Array | null): void => void (log += bytes === null ? '' : new TextDecoder().decode(bytes))
  const script = 'read_verilog -sv m.v; hierarchy -top m; proc; flatten; eval -table c,b,a -show y'
  await runYosys(['-p', script], { 'm.v': code }, { stdout: collect, stderr: collect })
  const rows = [...log.matchAll(/^\s*2'([01]+)\s+3'([01]+)\s+4'([01]+)\s*\|\s*6'([01x]+)/gm)]
  const table = Array<string>(512).fill('no row')
  // It writes a word without any value as a single x.
  for (const [, c, b, a, y] of rows) table[Number.parseInt(c! + b! + a!, 2)] = y!.padStart(6, 'x')
  return table
}

async function tableByUs(code: string): Promise<string[]> {
  const result = await synthesise(code, 'm')
  if (result.outcome !== 'synthesised') throw new Error(JSON.stringify(result))
  const simulator = new Simulator(buildCircuit(result.netlist), createRandom(1), 'three-valued')
  return Array.from({ length: 512 }, (_, at) => {
    const bits = [...'aaaabbbcc'].map((port, i) => ({ port, bit: i - 'aaaabbbcc'.indexOf(port), lanes: -((at >> i) & 1) }))
    for (const { port, bit, lanes } of bits) simulator.setInput(port, bit, lanes)
    simulator.settle()
    const digit = (bit: number): string => (simulator.unknownLanes('y', bit) & 1 ? 'x' : String(simulator.output('y', bit) & 1))
    return [5, 4, 3, 2, 1, 0].map(digit).join('')
  })
}

test.each(CASES)(
  '$name computes what Yosys computes, for every input, and has no value where that has none',
  async ({ code }) => {
    const [theirs, ours] = [await tableByYosys(code), await tableByUs(code)]
    expect(theirs.filter((y) => /^[01]+$/.test(y)).length).toBeGreaterThan(100)
    expect(theirs.flatMap((y, at) => (y !== ours[at] ? [{ at, y, ours: ours[at] }] : []))).toEqual([])
  },
)
