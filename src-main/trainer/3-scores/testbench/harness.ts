/**
 * Our own testbench for any task with a reference. Nothing in a completion can know or reach what decides: the top has a random name, inputs come
 * from standard input, every line that counts begins with a random word, and the expected outputs are those of the reference in another simulation.
 */
import { randomBytes } from 'node:crypto'
import type { Port, ReferencedTask } from '#contract/task'
import type { Runner } from '../tools/sandbox.ts'
import { YOSYS_FILES } from '../tools/yosys.ts'
import { toolTextOf } from '../../verilog/tool-text.ts'
import { sequencesOf, type Vector } from '../verilog/compare.ts'
import { runIcarus, type IcarusJob, type IcarusRun } from './icarus.ts'
import type { Judged, TestbenchResult } from './result.ts'

/** Event-driven simulation costs more a cycle than the netlist's: fewer sequences of the same stimulus. */
const MOST_SEQUENCES = 12

/** One line of standard input. */
interface Line {
  readonly inputs: Vector
  /** Held in reset, or warming up: not compared. */
  readonly isQuiet: boolean
}

/** What else is done in the box, and how it compiles. */
export type HarnessOptions = Pick<IcarusJob, 'sideFiles' | 'afterCompile' | 'collect' | 'core'>

export interface Playbook {
  readonly task: ReferencedTask
  readonly lines: readonly Line[]
  /** Outputs of the reference, two lines a compared cycle of a clocked task, one of a combinational one. */
  readonly expected: readonly string[]
  /** What else was asked for in the reference's box. */
  readonly files: IcarusRun['files']
}

/** The stimulus with the reference's answers. Throws Error when the reference itself cannot be simulated: such a task must not be judged so. */
export async function prepareHarness(
  runner: Runner,
  task: ReferencedTask,
  seed: number,
  options: HarnessOptions = {},
): Promise<Playbook> {
  const lines = linesOf(task, seed)
  const { answer, files } = await simulate(runner, task, lines, task.reference, options)
  if (answer.outcome !== 'answered') throw new Error(`the reference of task ${task.id}: ${sentenceOf(answer)}`)
  const silent = silentOutput(task, answer.answers)
  if (silent !== null) throw new Error(`the reference of task ${task.id} never gives ${silent} a known value`)
  return { task, lines, expected: answer.answers, files }
}

export async function judgeByHarness(
  runner: Runner,
  code: string,
  { task, lines, expected }: Playbook,
  also: HarnessOptions = {},
): Promise<Judged> {
  const { answer, files } = await simulate(runner, task, lines, code, also)
  return { verdict: answer.outcome === 'answered' ? compared(task, lines, expected, answer.answers) : answer, files }
}

type Answered = { readonly outcome: 'answered'; readonly answers: readonly string[] }
type Unanswered = Exclude<TestbenchResult, { outcome: 'passed' }>

async function simulate(
  runner: Runner,
  task: ReferencedTask,
  lines: readonly Line[],
  code: string,
  also: HarnessOptions = {},
): Promise<{ answer: Answered | Unanswered; files: IcarusRun['files'] }> {
  const word = randomBytes(9).toString('hex')
  const top = `zz_tb_${randomBytes(6).toString('hex')}`
  const run = await runIcarus(runner, {
    // The testbench first: macros of the design cannot touch it.
    sources: [
      ['testbench.v', testbench(task, top, word)],
      [YOSYS_FILES.design, toolTextOf(code)],
    ],
    top,
    stdin: `${lines.map(({ inputs, isQuiet }) => `${isQuiet ? 0 : 1} ${hexOf(drivenPorts(task), inputs)}`).join('\n')}\n`,
    ...also,
  })
  const { files, ...end } = run
  return { answer: end.outcome === 'ran' ? answersOf(end.stdout, word) : end, files }
}

/** Every line must be ours, and the last one the end: a design that talks, or ends the simulation, has no answer. */
function answersOf(stdout: string, word: string): Answered | Unanswered {
  const lines = stdout.split('\n').filter((line) => line !== '')
  const stranger = lines.find((line) => !line.startsWith(`${word} `))
  if (stranger !== undefined) return { outcome: 'forged', summary: `The design writes to the output: ${stranger.slice(0, 80)}` }
  if (lines.at(-1) !== `${word} end`) {
    return { outcome: 'failed', matchingCycles: 0, cycles: 1, summary: 'The simulation ended before its stimulus did.' }
  }
  return { outcome: 'answered', answers: lines.slice(0, -1).map((line) => line.slice(word.length + 1)) }
}

function sentenceOf(run: Unanswered): string {
  if ('summary' in run) return run.summary
  return 'reason' in run ? run.reason : (run.diagnostics[0]?.message ?? 'it does not compile')
}

function compared(
  task: ReferencedTask,
  lines: readonly Line[],
  expected: readonly string[],
  actual: readonly string[],
): TestbenchResult {
  if (actual.length > expected.length) return { outcome: 'forged', summary: 'There are more answers than questions.' }
  const points = task.stimulus.clock === null ? 1 : 2
  const played = lines.filter(({ isQuiet }) => !isQuiet)
  let matchingCycles = 0
  let first: number | null = null
  played.forEach((_, cycle) => {
    const isRight = Array.from({ length: points }, (_, point) => cycle * points + point).every((i) =>
      agrees(expected[i]!, actual[i] ?? ''),
    )
    if (isRight) matchingCycles++
    else first ??= cycle
  })
  if (first === null) return { outcome: 'passed', cycles: played.length }
  const point = Array.from({ length: points }, (_, i) => first! * points + i).find((i) => !agrees(expected[i]!, actual[i] ?? ''))!
  return {
    outcome: 'failed',
    matchingCycles,
    cycles: played.length,
    summary: `${played.length - matchingCycles} of ${played.length} cycles differ from the reference.`,
    counterexample: {
      sequence: 0,
      cycle: first,
      inputs: played[first]!.inputs,
      expected: valuesOf(task, expected[point]!),
      actual: valuesOf(task, actual[point] ?? ''),
    },
  }
}

/** Bits that the reference leaves unknown may be anything; an unknown bit of the design is never right. */
function agrees(expected: string, actual: string): boolean {
  if (expected.length !== actual.length) return false
  for (let i = 0; i < expected.length; i++) {
    const bit = expected[i]!
    if ((bit === '0' || bit === '1') && bit !== actual[i]) return false
  }
  return true
}

/** The first output port that has no known bit in any answer: whatever a design gave there would be right. */
function silentOutput({ ports }: ReferencedTask, answers: readonly string[]): string | null {
  let place = 0
  for (const { name, width } of ports.filter(({ direction }) => direction === 'output')) {
    const [start, end] = [place, (place += width)]
    if (!answers.some((bits) => /[01]/.test(bits.slice(start, end)))) return name
  }
  return null
}

/** Bits in the order of the output ports -> port -> hexadecimal, or its bits where some are unknown. */
function valuesOf({ ports }: ReferencedTask, bits: string): Record<string, string> {
  let place = 0
  return Object.fromEntries(
    ports
      .filter(({ direction }) => direction === 'output')
      .map(({ name, width }) => {
        const own = bits.slice(place, (place += width))
        return [name, /^[01]+$/.test(own) ? BigInt(`0b${own}`).toString(16) : own || '-']
      }),
  )
}

/** Ports that the testbench drives, the clock apart. */
function drivenPorts({ ports, stimulus }: ReferencedTask): Port[] {
  return ports.filter(({ name, direction }) => direction === 'input' && name !== stimulus.clock?.port)
}

function linesOf(task: ReferencedTask, seed: number): Line[] {
  const { reset, resetCycles, clock } = task.stimulus
  const held: Line[] =
    reset === null || clock === null
      ? []
      : Array.from({ length: resetCycles }, () => ({
          inputs: { [reset.port]: reset.active === 'high' ? '1' : '0' },
          isQuiet: true,
        }))
  return sequencesOf(task, seed, task.stimulus.clock === null ? Infinity : MOST_SEQUENCES).flatMap(
    ({ warmUp, compared: vectors }) => [
      ...held,
      ...warmUp.map((inputs) => ({ inputs, isQuiet: true })),
      ...vectors.map((inputs) => ({ inputs, isQuiet: false })),
    ],
  )
}

/** All inputs as one number, the first port at the top. */
function hexOf(ports: readonly Port[], inputs: Vector): string {
  const bits = ports.reduce((sum, { name, width }) => (sum << BigInt(width)) | BigInt(`0x${inputs[name] ?? '0'}`), 0n)
  return bits.toString(16)
}

/**
 * Inputs begin unknown: a process that waits for a change of them must see the first vector as one, be it all 0. Outputs are printed when the inputs have settled and, with a clock, once more after its
 * edge. No tasks or functions: nothing to be called by name.
 */
function testbench(task: ReferencedTask, top: string, word: string): string {
  const { clock } = task.stimulus
  const driven = drivenPorts(task)
  const inputBits = Math.max(
    1,
    driven.reduce((sum, { width }) => sum + width, 0),
  )
  const outputs = task.ports.filter(({ direction }) => direction === 'output')
  const outputBits = outputs.reduce((sum, { width }) => sum + width, 0)
  const n = top
  let [high, low] = [inputBits, outputBits]
  const connections = task.ports.map(({ name, direction, width }) => {
    if (name === clock?.port) return `.${name}(${n}_clock)`
    if (direction === 'input') return `.${name}(${n}_in[${high - 1}:${(high -= width)}])`
    return `.${name}(${n}_out[${low - 1}:${(low -= width)}])`
  })
  const idle = clock?.edge === 'falling' ? 1 : 0
  const print = `if (${n}_counts) $display("${word} %b", ${n}_out);`
  const edge = clock === null ? '' : `${n}_clock = ${1 - idle}; #1 ${print} ${n}_clock = ${idle};`
  return `\`timescale 1ns/1ps
module ${top};
  reg ${n}_clock = ${idle};
  reg [${inputBits - 1}:0] ${n}_in;
  wire [${outputBits - 1}:0] ${n}_out;
  reg ${n}_counts;
  integer ${n}_read;
  ${task.moduleName} ${n}_design (${connections.join(', ')});
  initial begin
    #1;
    ${n}_read = $fscanf(32'h8000_0000, "%b %h", ${n}_counts, ${n}_in);
    while (${n}_read == 2) begin
      #1 ${print} ${edge}
      #1 ${n}_read = $fscanf(32'h8000_0000, "%b %h", ${n}_counts, ${n}_in);
    end
    $display("${word} end");
    $finish(0);
  end
endmodule
`
}
