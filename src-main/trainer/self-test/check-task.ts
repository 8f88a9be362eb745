/** Is a task fit to be learnt from? Its reference must pass its own judge, and what does nothing must not. */
import type { TaskCheck } from '#contract/dataset-check'
import { isScored, type Score, type ScoreReport } from '#contract/score'
import { isReferenced, type Task } from '#contract/task'
import type { Scorer } from '../3-scores/scorer.ts'
import { hashSeed } from '../math/random.ts'
import { completeTask } from './complete-task.ts'
import { fenced, probesOf } from './probes.ts'

export interface CheckedTask {
  readonly check: TaskCheck
  /** As complete as it could be made. */
  readonly task: Task
}

/** The judges that a task may be tried with; `testbench` is null where no simulator can run. */
export interface Judges {
  readonly netlist: Pick<Scorer, 'score'>
  readonly testbench: Pick<Scorer, 'score'> | null
}

export async function checkTask(imported: Task, judges: Judges): Promise<CheckedTask> {
  const completion = await completeTask(imported)
  const task = completion.outcome === 'complete' ? completion.task : imported
  const say = (badge: TaskCheck['badge'], reason: string): CheckedTask => ({
    task,
    check: { id: task.id, badge, reason, origin: task.origin ?? null },
  })
  if (task.reference === null) return say('not-run', 'The data set gives no reference that could be tried.')
  const scorer = task.testbench !== undefined && judges.testbench !== null ? judges.testbench : judges.netlist
  if (completion.outcome !== 'complete' && scorer === judges.netlist) {
    const other = task.testbench === undefined ? '' : ' Its testbench needs Icarus Verilog and Bubblewrap (`veritune doctor`).'
    return say('not-run', `The netlist judge cannot decide it: the reference ${completion.reason}.${other}`)
  }
  const report = await scored(scorer, task.reference, task)
  const { functional } = report.scores
  if (!isScored(functional)) return say('not-run', functional.unscored)
  if (functional.outcome !== 'passed') return say('reference-fails', wordsOf(report))
  const fooled = isReferenced(task) ? await foolingProbe(scorer, task) : null
  return fooled === null ? say('healthy', '') : say('judge-fooled', `The judge passes the probe "${fooled}".`)
}

function scored(scorer: Pick<Scorer, 'score'>, code: string, task: Task): Promise<ScoreReport> {
  return scorer.score(fenced(code), task, hashSeed('self-test', task.id))
}

async function foolingProbe(scorer: Pick<Scorer, 'score'>, task: Task & Parameters<typeof probesOf>[0]): Promise<string | null> {
  const probes = probesOf(task)
  const reports = await Promise.all(probes.map(({ code }) => scored(scorer, code, task)))
  const place = reports.findIndex(({ scores }) => isScored(scores.functional) && scores.functional.outcome === 'passed')
  return probes[place]?.name ?? null
}

/** The first stage that failed, in the tool's own words. */
function wordsOf({ scores }: ScoreReport): string {
  const failed = [scores.compilation, scores.functional].find((score) => !isScored(score) || score.outcome !== 'passed')
  return failed === undefined ? 'It does not pass.' : evidenceOf(failed)
}

function evidenceOf(score: Score): string {
  if (!isScored(score)) return score.unscored
  const error = score.evidence.diagnostics?.find(({ severity }) => severity === 'error')
  const place = error?.line === null || error === undefined ? '' : `line ${error.line}: `
  return error === undefined ? score.evidence.summary : `${score.evidence.summary} ${place}${error.message}`
}
