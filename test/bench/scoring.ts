/**
 * `npm run bench scoring`: how many completions a second each arrangement judges, beside a plain loop of `iverilog && vvp` over the same testbenches.
 * Completions are references of the starter's training tasks, each with a constant of its own that nothing reads: every one compiles and is simulated to its end.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isScored, type ScoreReport } from '#contract/score'
import { isReferenced, type ReferencedTask } from '#contract/task'
import { fenced } from '#trainer/3-scores/extract'
import { createScorer, type Scorer } from '#trainer/3-scores/scorer'
import { startSimulation } from '#trainer/3-scores/simulation'
import { judgeByHarness, prepareHarness, type HarnessOptions, type Playbook } from '#trainer/3-scores/testbench/harness'
import { findCore, type IcarusCore } from '#trainer/3-scores/testbench/icarus-core'
import type { Judged } from '#trainer/3-scores/testbench/result'
import { findTools, type FoundTool } from '#trainer/3-scores/tools/find-tools'
import { YOSYS_OUTPUT, yosysStep } from '#trainer/3-scores/tools/native-yosys'
import { toolFoldersOf, type Runner, type SandboxJob } from '#trainer/3-scores/tools/sandbox'
import { ToolHost } from '#trainer/3-scores/tools/tool-host'
import { YOSYS_FILES } from '#trainer/3-scores/tools/yosys'
import { readDataset } from '#trainer/1-tasks/read-tasks'
import { numbered } from '#test/support/verilog'
import { median, secondsOf, type Measured } from './measured.ts'

const TASKS = 60
const COPIES = 3
const SEED = 7
const HITS = 5_000

export async function measureScoring(): Promise<Measured[]> {
  const { tasks } = await readDataset('resources/starter/tasks.jsonl')
  const some = tasks.train.filter(isReferenced).slice(0, TASKS)
  const scorer = createScorer()
  const embedded = await throughput(
    'Scores, embedded',
    scorer,
    some,
    'Yosys as WebAssembly and the netlist simulator, five scores',
  )
  const latency = await warmLatency('One score, embedded', scorer, some)
  const cache = await cacheHits(scorer, some)
  const shared = await sharedModules(scorer, some)
  const native = await nativeRows(scorer, some)
  await scorer.close()
  return [embedded, ...native, cache, shared, latency]
}

async function nativeRows(scorer: Scorer, tasks: readonly ReferencedTask[]): Promise<Measured[]> {
  const { iverilog, vvp, bwrap, yosys } = await findTools(process.env)
  if (iverilog === null || vvp === null || bwrap === null) {
    console.log('Left out: native simulation, because iverilog, vvp or bwrap is not on this machine.')
    return []
  }
  const host = new ToolHost({ bwrapPath: bwrap.path, toolFolders: toolFoldersOf([iverilog.path]) })
  const kept = new KeptJobs(host)
  const books = await Promise.all(tasks.map((task) => prepareHarness(kept, task, SEED)))
  const loop = await plainLoop(kept.jobs.slice(0, TASKS))
  const core = await findCore(host)
  const compiled = await compileAndSimulate(host, books, loop, core)
  const synthesised = yosys === null ? [] : [await compileAndSimulate(host, books, loop, core, yosys)]
  await host.close()
  const simulation = await startSimulation({ environment: process.env, isUnboxedAllowed: false })
  const judge = scorer.judgedBy('testbench', simulation)
  const whole = await throughput('Scores, native', judge, tasks, 'Icarus and Yosys in one box a completion, five scores', loop)
  const latency = await warmLatency('One score, native', judge, tasks)
  await simulation.close()
  const yardstick = { what: 'Plain loop', value: loop, unit: 'designs/s', how: 'iverilog && vvp, one after the other, no box' }
  return [yardstick, compiled, ...synthesised, whole, latency]
}

/** Every completion once, all of them new to the cache; references and workers are warm. */
async function throughput(
  what: string,
  scorer: Scorer,
  tasks: readonly ReferencedTask[],
  how: string,
  yardstick?: number,
): Promise<Measured> {
  await Promise.all(tasks.map((task) => scorer.score(fenced(task.reference), task, SEED)))
  const orders = Array.from({ length: COPIES }, (_, copy) =>
    tasks.map((task) => ({ task, code: numbered(task.reference, copy) })),
  ).flat()
  const seconds = await secondsOf(async () => {
    const reports = await Promise.all(orders.map(({ task, code }) => scorer.score(fenced(code), task, SEED)))
    reports.forEach(mustPass)
  })
  return { what, value: orders.length / seconds, unit: 'scores/s', how: how + timesOf(orders.length / seconds, yardstick) }
}

async function compileAndSimulate(
  host: ToolHost,
  books: readonly Playbook[],
  yardstick: number,
  core: IcarusCore | null,
  yosys: FoundTool | null = null,
): Promise<Measured> {
  const alsoOf = ({ task }: Playbook): HarnessOptions =>
    yosys === null ? {} : { afterCompile: [yosysStep(yosys, task.moduleName)], collect: YOSYS_OUTPUT }
  const all = Array.from({ length: COPIES }, () => books).flat()
  const seconds = await secondsOf(async () => {
    const judged = await Promise.all(
      all.map((book) => judgeByHarness(host, book.task.reference, book, { core, ...alsoOf(book) })),
    )
    if (judged.some(({ verdict }) => verdict.outcome !== 'passed')) throw new Error('a reference does not pass')
    const isSynthesised = ({ files }: Judged): boolean => files[YOSYS_FILES.netlist] !== undefined
    if (yosys !== null && !judged.every(isSynthesised)) throw new Error('a reference does not synthesise')
  })
  const value = all.length / seconds
  const tools = yosys === null ? 'Icarus' : 'Icarus and Yosys to words'
  const how = `${tools} in one box a completion, hardened testbench${timesOf(value, yardstick)}`
  return {
    what: yosys === null ? 'Compile and simulate, native' : 'The same with synthesis, native',
    value,
    unit: 'designs/s',
    how,
  }
}

async function cacheHits(scorer: Scorer, [task]: readonly ReferencedTask[]): Promise<Measured> {
  const completion = fenced(task!.reference)
  await scorer.score(completion, task!, SEED)
  const seconds = await secondsOf(() => Promise.all(Array.from({ length: HITS }, () => scorer.score(completion, task!, SEED))))
  return { what: 'Scores, repeated', value: HITS / seconds, unit: 'scores/s', how: 'the same completion again: from the cache' }
}

/** Three of ten completions of a step hold a module that another one holds, too. */
async function sharedModules(scorer: Scorer, [task]: readonly ReferencedTask[]): Promise<Measured> {
  const said = Array.from({ length: HITS }, (_, i) => `<reason>\nregisters: ${i}\n</reason>\n${fenced(task!.reference)}`)
  const seconds = await secondsOf(() => Promise.all(said.map((completion) => scorer.score(completion, task!, SEED))))
  return { what: 'Scores, shared module', value: HITS / seconds, unit: 'scores/s', how: 'a known module after other reasoning' }
}

async function warmLatency(what: string, scorer: Scorer, [task]: readonly ReferencedTask[]): Promise<Measured> {
  const value = await median(15, (i) =>
    secondsOf(async () => mustPass(await scorer.score(fenced(numbered(task!.reference, 1000 + i)), task!, SEED))),
  )
  return { what, value: value * 1000, unit: 'ms', how: 'median of 15, one at a time, warm' }
}

/** The same files and input as the box gets, by a shell, one design after the other. */
async function plainLoop(jobs: readonly SandboxJob[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'veritune-bench-'))
  const seconds = await secondsOf(async () => {
    for (const { files, steps, stdin = '' } of jobs) {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
      writeFileSync(join(folder, 'stdin'), stdin)
      const [compile, simulate] = [steps[0]!.words.join(' '), steps.at(-1)!.words.join(' ')]
      await shell(`${compile} && ${simulate} < stdin > stdout`, folder)
    }
  })
  rmSync(folder, { recursive: true })
  return jobs.length / seconds
}

function shell(line: string, cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', line], { cwd, stdio: 'ignore' })
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`"${line}" gave ${code}`))))
  })
}

/** Keeps what the box was asked to do. */
class KeptJobs implements Runner {
  readonly jobs: SandboxJob[] = []
  readonly #runner: Runner

  constructor(runner: Runner) {
    this.#runner = runner
  }

  run(job: SandboxJob): ReturnType<Runner['run']> {
    this.jobs.push(job)
    return this.#runner.run(job)
  }
}

function mustPass({ scores }: ScoreReport): void {
  if (!isScored(scores.functional) || scores.functional.outcome !== 'passed') throw new Error('a reference does not pass')
}

function timesOf(value: number, yardstick: number | undefined): string {
  return yardstick === undefined ? '' : `: ${(value / yardstick).toFixed(1)} times the plain loop`
}
