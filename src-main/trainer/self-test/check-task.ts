/** Is a task fit to be learnt from? Its reference must pass its own judge, and what does nothing must not. */
import type { TaskCheck } from '#contract/dataset-check'
import { isScored, type Score, type ScoreReport } from '#contract/score'
import type { Port, Task } from '#contract/task'
import { fenced } from '../3-scores/extract.ts'
import { whyRefused } from '../3-scores/guard.ts'
import type { Scorer, TaskWithReference } from '../3-scores/scorer.ts'
import type { Simulation } from '../3-scores/simulation.ts'
import { NO_NAMES } from '../3-scores/testbench/testbench-names.ts'
import { RAN_OUT } from '../3-scores/testbench/verdict.ts'
import { modulesOf } from '../verilog/modules.ts'
import { hashSeed } from '../math/random.ts'
import { synthesise } from '../3-scores/tools/yosys.ts'
import { completeTask, portsOf, type Completion } from './complete-task.ts'
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
  const given = completion.outcome === 'complete' ? completion.task : imported
  const say = (badge: TaskCheck['badge'], reason: string, task: Task = given): CheckedTask => ({
    task,
    check: { id: task.id, split: task.split, badge, reason, origin: task.origin ?? null },
  })
  if (!hasReference(given)) return say('not-run', 'The data set gives no reference that could be tried.')
  const isTested = given.testbench !== undefined && judges.testbench !== null
  if (!isTested && completion.outcome !== 'complete') return say(...undecided(given, completion))
  const judge = isTested ? judges.testbench.scorer : judges.netlist
  const { task, report } = await tried(judge, given)
  const { functional } = report.scores
  if (!isScored(functional)) return say('not-run', functional.unscored)
  if (isBeyondTools(report)) return say('not-run', `No tool here comes to an end with its reference: ${wordsOf(report)}`)
  if (functional.outcome !== 'passed') return say('reference-fails', wordsOf(report))
  const ports = task.ports.length > 0 ? task.ports : (headerPorts(task) ?? (await netlistPorts(task)))
  if (ports === null) return say('healthy', 'What must fail could not be tried: the ports are not known.', task)
  const fooled = await foolingProbe(judge, judges, task, ports)
  if (fooled !== null) return say('judge-fooled', `The judge passes the probe "${fooled}".`, task)
  return say('healthy', remarkOn(task), task)
}

/** The reference by its judge. A testbench whose own time runs out with it is taken at its word as far as it came. */
async function tried(judge: Judge, task: TaskWithReference): Promise<{ task: TaskWithReference; report: ScoreReport }> {
  const report = await judge.scoreReference(task, seedOf(task))
  const { functional } = report.scores
  const hasRunOut = isScored(functional) && functional.evidence.summary === RAN_OUT
  if (!hasRunOut || task.testbench === undefined) return { task, report }
  const patient = { ...task, testbench: { ...task.testbench, runsOut: true } }
  return { task: patient, report: await judge.scoreReference(patient, seedOf(task)) }
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

/** A limit of a tool or of time says nothing against a reference. */
function isBeyondTools({ scores }: ScoreReport): boolean {
  const beyond = new Set(['timeout', 'tool-crash', 'tool-limit'])
  return [scores.compilation, scores.functional].some((score) => isScored(score) && beyond.has(score.outcome))
}

/** Widths that are computed are known once the module is built. */
async function netlistPorts({ reference, moduleName }: TaskWithReference): Promise<Port[] | null> {
  const result = await synthesise(reference, moduleName)
  return result.outcome === 'synthesised' ? portsOf(result.netlist) : null
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
  const probes = probesOf({ ...task, rule: task.testbench?.rule ?? null }, ports)
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
function remarkOn({ reference, moduleName, testbench }: TaskWithReference): string {
  const refused = whyRefused(reference, { moduleName, names: NO_NAMES })
  return [
    refused === null ? '' : `No completion may be written like its reference, because that ${refused.why}.`,
    testbench?.runsOut === true ? 'The time that its testbench gives itself runs out with the reference, too.' : '',
  ]
    .filter((remark) => remark !== '')
    .join(' ')
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
