/** Designs that attack: hostile ones, each a folder with a `design.v` in which `{{text x N}}` stands for N times that text; and the cheats of the attack on a reward. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReferencedTask } from '#contract/task'
import { cheatsOn } from '#trainer/self-test/attack/cheats'
import { aTask } from './verilog.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures')

/** Name -> source. */
export function attacks(kind: 'hostile' | 'cheats'): [string, string][] {
  if (kind === 'cheats') return cheatsOn(VICTIM).map(({ name, code }) => [name, code])
  return readdirSync(join(FIXTURES, kind)).map((name) => {
    const text = readFileSync(join(FIXTURES, kind, name, 'design.v'), 'utf8')
    return [name, text.replace(/\{\{([\s\S]*?) x (\d+)\}\}/g, (_, piece: string, count: string) => piece.repeat(Number(count)))]
  })
}

/** The task that they pretend to solve: a register of four bits. */
export const VICTIM: ReferencedTask = aTask({
  id: 'victim',
  moduleName: 'victim',
  ports: [
    { name: 'clk', direction: 'input', width: 1 },
    { name: 'd', direction: 'input', width: 4 },
    { name: 'q', direction: 'output', width: 4 },
  ],
  reference: 'module victim(input clk, input [3:0] d, output reg [3:0] q);\n  always @(posedge clk) q <= d;\nendmodule\n',
  stimulus: {
    clock: { port: 'clk', edge: 'rising' },
    reset: null,
    resetCycles: 2,
    cycles: 40,
    randomSequences: 4,
    midResetChance: 0,
    bias: {},
    directed: [],
  },
  trivialMatch: 0.0625,
})
