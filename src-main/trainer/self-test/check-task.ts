/** Is a task fit to be learnt from? Its reference must pass its own judge, and what does nothing must not. */
import type { TaskCheck } from '#contract/dataset-check'
import { isScored, type Score, type ScoreReport } from '#contract/score'
import type { Port, Task } from '#contract/task'
import { fenced } from '../3-scores/extract.ts'
import { whyRefused } from '../3-scores/guard.ts'
import type { Scorer, TaskWithReference } from '../3-scores/scorer.ts'
import type { Simulation } from '../3-scores/simulation.ts'
import { modulesOf } from '../verilog/modules.ts'
import { hashSeed } from '../math/random.ts'
import { completeTask, type Completion } from './complete-task.ts'
import { showsDifference } from './difference.ts'
import { probesOf } from './probes.ts'

export interface CheckedTask {
  readonly check: TaskCheck
  /** As complete as it could be made. */
  readonly task: Task
}

type Judge = Pick<Scorer, 'score' | 'scoreReference'>

/** What a task may be tried with; null where no simulator can run. */
export interface Judges {
  readonly netlist: Judge
  readonly testbench: { readonly scorer: Judge; readonly simulation: Pick<Simulation, 'judge'> } | null
}

export async function checkTask(imported: Task, judges: Judges): Promise<CheckedTask> {
  const completion = await completeTask(imported)
  const task = completion.outcome === 'complete' ? completion.task : imported
  const say = (badge: TaskCheck['badge'], reason: string): CheckedTask => ({
    task,
    check: { id: task.id, badge, reason, origin: task.origin ?? null },
  })
  if (!hasReference(task)) return say('not-run', 'The data set gives no reference that could be tried.')
  const isTested = task.testbench !== undefined && judges.testbench !== null
  if (!isTested && completion.outcome !== 'complete') return say(...undecided(task, completion))
  const judge = isTested ? judges.testbench.scorer : judges.netlist
  const report = await judge.scoreReference(task, seedOf(task))
  const { functional } = report.scores
  if (!isScored(functional)) return say('not-run', functional.unscored)
  if (functional.outcome !== 'passed') return say('reference-fails', wordsOf(report))
  const ports = task.ports.length > 0 ? task.ports : headerPorts(task)
  if (ports === null) return say('healthy', 'What must fail could not be tried: the ports are not known.')
  const fooled = await foolingProbe(judge, judges, task, ports)
  return fooled === null ? say('healthy', remarkOn(task)) : say('judge-fooled', `The judge passes the probe "${fooled}".`)
}

function hasReference(task: Task): task is TaskWithReference {
  return task.reference !== null
}

function seedOf({ id }: Task): number {
  return hashSeed('self-test', id)
}

/** A reference that does not compile is wrong; one that no tool here can run may be right. */
function undecided({ testbench }: Task, completion: Exclude<Completion, { outcome: 'complete' }>): [TaskCheck['badge'], string] {
  if (completion.outcome === 'rejected' && testbench === undefined)
    return ['reference-fails', `The reference ${completion.reason}.`]
  const other = testbench === undefined ? '' : ' Its testbench needs Icarus Verilog and Bubblewrap (`veritune doctor`).'
  return ['not-run', `The netlist judge cannot decide it: the reference ${completion.reason}.${other}`]
}

/** Of a reference that Yosys does not read, where its header says all; null where it does not. */
function headerPorts({ reference, moduleName }: TaskWithReference): Port[] | null {
  const ports = modulesOf(reference).find(({ name }) => name === moduleName)?.ports ?? []
  const known = ports.flatMap(({ name, direction, width }) =>
    width === null || direction === 'inout' ? [] : [{ name, direction, width }],
  )
  return known.length === 0 || known.length < ports.length ? null : known
}

/** The first probe that the judge passes although it does something else than the reference. */
async function foolingProbe(
  judge: Judge,
  judges: Judges,
  task: TaskWithReference,
  ports: readonly Port[],
): Promise<string | null> {
  const probes = probesOf(task.moduleName, ports)
  const reports = await Promise.all(probes.map(({ code }) => judge.score(fenced(code), task, seedOf(task))))
  for (const [i, probe] of probes.entries()) {
    if (!passes(reports[i]!)) continue
    if (await showsDifference(probe.code, { ...task, ports: [...ports] }, judges)) return probe.name
  }
  return null
}

function passes({ scores }: ScoreReport): boolean {
  return isScored(scores.functional) && scores.functional.outcome === 'passed'
}

/** A completion may not write everything that a reference may. */
function remarkOn({ reference, moduleName }: TaskWithReference): string {
  const refused = whyRefused(reference, { moduleName, reservedNames: [] })
  return refused === null ? '' : `No completion may be written like its reference, because that ${refused.why}.`
}

/** The first stage that failed, in the tool's own words. */
function wordsOf({ scores }: ScoreReport): string {
  const failed = [scores.compilation, scores.functional].find((score) => !isScored(score) || score.outcome !== 'passed')
  return failed === undefined ? 'It does not pass.' : evidenceOf(failed)
}

function evidenceOf(score: Score): string {
  if (!isScored(score)) return score.unscored
  const error = score.evidence.diagnostics?.find(({ severity }) => severity === 'error')
  const place = error === undefined || error.line === null ? '' : `line ${error.line}: `
  return error === undefined ? score.evidence.summary : `${score.evidence.summary} ${place}${error.message}`
}
