/**
 * Scores many completions in a row, one in ten hostile, and says what is left behind: `node test/bench/endurance.ts [count] [judge]`, 10,000 by the
 * netlist judge when left out. Exit code 1 when a scoring hung, a hostile one earned a functional score, a process or a folder was left, or memory grew.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isScored } from '#contract/score'
import { isReferenced, taskSchema, type ReferencedTask } from '#contract/task'
import { JUDGES } from '#contract/run-config'
import { createScorer } from '#trainer/3-scores/scorer'
import { startSimulation } from '#trainer/3-scores/simulation'
import { childrenOf, filesIn } from '#test/support/traces'
import { REPOSITORY } from '#test/support/run-builders'
import { numbered } from '#test/support/verilog'
import { hostileDesigns } from './hostile-designs.ts'

const AT_ONCE = 8
const SHOWN = 10
/** A hostile design may take its whole time twice, in the pool and alone, behind others of its kind. */
const HANG_MS = 120_000
const GROWTH_LIMIT_BYTES = 400e6

const count = Number(process.argv[2] ?? '10000')
const tasks = readTasks()
const judge = JUDGES.find((name) => name === process.argv[3]) ?? 'netlist'
const base = createScorer()
const simulation = judge === 'netlist' ? null : await startSimulation({ environment: process.env, isUnboxedAllowed: false })
const scorer = simulation === null ? base : base.judgedBy(judge, simulation)
const toolHosts = childrenOf(process.pid, 'tool-host-worker')
const hostile = hostileDesigns()
let [done, hangs, forged, unscored] = [0, 0, 0, 0]
let settledBytes = 0
const started = performance.now()
const queue = Array.from({ length: count }, (_, i) => i).values()

await Promise.all(Array.from({ length: AT_ONCE }, () => work()))
await simulation?.close()
await base.close()
const seconds = (performance.now() - started) / 1000
const left = childrenOf(process.pid).length
// Of this run only: others may be at work beside it.
const folders = filesIn('/dev/shm').filter((path) => toolHosts.some((pid) => path.includes(`veritune-box-${pid}-`))).length
const grownBytes = process.memoryUsage.rss() - settledBytes
console.log(
  `${count} scorings by the judge ${judge} in ${seconds.toFixed(0)} s (${(count / seconds).toFixed(1)}/s), every tenth hostile`,
)
console.log(
  `hangs ${hangs}, hostile ones with a functional score ${forged}, unscored ${unscored}, processes left ${left}, folders left ${folders}`,
)
console.log(`memory after the first tenth ${mega(settledBytes)}, at the end ${mega(settledBytes + grownBytes)}`)
process.exitCode = hangs + forged + left + folders > 0 || grownBytes > GROWTH_LIMIT_BYTES ? 1 : 0

async function work(): Promise<void> {
  for (const i of queue) {
    const task = tasks[i % tasks.length]!
    const isHostile = i % 10 === 9
    const design = isHostile ? hostile[Math.floor(i / 10) % hostile.length]!(task.moduleName) : numbered(task.reference, i)
    await scoreOne(task, design, isHostile)
    if (++done === Math.ceil(count / 10)) settledBytes = process.memoryUsage.rss()
    if (done % Math.ceil(count / SHOWN) === 0) console.log(`${done}: ${mega(process.memoryUsage.rss())}`)
  }
}

async function scoreOne(task: ReferencedTask, design: string, isHostile: boolean): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const hang = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), HANG_MS)))
  const report = await Promise.race([scorer.score(`\`\`\`verilog\n${design}\n\`\`\``, task, 1), hang])
  clearTimeout(timer)
  if (report === null) hangs++
  else if (!isScored(report.scores.functional)) unscored++
  else if (isHostile && report.scores.functional.value > 0) forged++
}

function readTasks(): ReferencedTask[] {
  const text = readFileSync(join(REPOSITORY, 'resources/starter/tasks.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => taskSchema.parse(JSON.parse(line)))
    .filter(isReferenced)
}

function mega(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}
