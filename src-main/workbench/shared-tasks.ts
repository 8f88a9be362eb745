/** What several runs wrote for the same tasks: in their last evaluations, else in training. */
import type { StoredEvaluation } from '#contract/comparison'
import type { CompletionSource } from '#contract/completion-source'
import type { RunCompletions, SharedTask, SharedTasks } from '#contract/shared-tasks'
import type { ServiceClient } from '#launch/service-client'
import { evaluationRollouts } from '#runs/evaluation-rollouts'
import type { Runs } from '#runs/runs'
import type { DrawnTask } from '#store/records'
import type { Store } from '#store/store'
import { evaluatedRun } from './evaluated-run.ts'

export interface SharedTaskRooms {
  readonly runs: Runs
  readonly service: ServiceClient
  readonly store: Store
}

/** A task as one run met it; values by measure, null where nothing was scored. */
export interface MetTask {
  readonly id: string
  readonly family: string
  readonly values: Readonly<Record<string, number | null>>
}

const PASSED = 'pass@1'

export async function sharedTasks(rooms: SharedTaskRooms, ids: readonly string[]): Promise<SharedTasks> {
  const evaluations = await Promise.all(ids.map((id) => lastEvaluation(rooms, id)))
  const evaluated = evaluations.every((one) => one !== null) ? tasksOfAll(evaluations.map(({ tasks }) => tasks)) : []
  if (evaluated.length > 0) return { source: 'evaluation', tasks: evaluated }
  const drawn = await Promise.all(ids.map((id) => rooms.store.drawnTasks(id)))
  return { source: 'training', tasks: tasksOfAll(drawn.map((tasks) => tasks.map(metTask))) }
}

/** Of each run. Of an evaluation as many completions as its measures count. */
export async function completionsOfTask(
  rooms: SharedTaskRooms,
  ids: readonly string[],
  source: CompletionSource,
  taskId: string,
): Promise<RunCompletions[]> {
  const completionsOf = source === 'evaluation' ? evaluatedCompletions : drawnCompletions
  return Promise.all(ids.map((run) => completionsOf(rooms, run, taskId)))
}

async function lastEvaluation(rooms: SharedTaskRooms, id: string): Promise<StoredEvaluation | null> {
  const detail = await rooms.runs.get(id)
  return (await evaluatedRun(rooms, detail, detail.summary.evaluated?.step)).evaluation
}

/** Those that all have, first where the runs differ most in what passes, then in all other measures; equal ones stay in their order. */
export function tasksOfAll(runs: readonly (readonly MetTask[])[]): SharedTask[] {
  const [first, ...others] = runs.map((tasks) => new Map(tasks.map((task) => [task.id, task])))
  const shared = [...(first ?? new Map<string, MetTask>()).values()].flatMap((task) => {
    const met = [task, ...others.flatMap((tasks) => tasks.get(task.id) ?? [])]
    return met.length === runs.length ? [met] : []
  })
  return shared
    .map((met) => ({ met, inPassing: spread(met, PASSED), inAll: totalSpread(met) }))
    .sort((a, b) => b.inPassing - a.inPassing || b.inAll - a.inAll)
    .map(({ met }) => ({
      id: met[0]!.id,
      family: met[0]!.family,
      passed: met.map(({ values }) => values[PASSED] ?? null),
    }))
}

/** From the least to the greatest; 0 where fewer than two have a value. */
function spread(met: readonly MetTask[], measure: string): number {
  const values = met.flatMap((task) => task.values[measure] ?? [])
  return values.length < 2 ? 0 : Math.max(...values) - Math.min(...values)
}

function totalSpread(met: readonly MetTask[]): number {
  return Object.keys(met[0]!.values).reduce((sum, measure) => sum + spread(met, measure), 0)
}

function metTask({ taskId, family, passed, reward }: DrawnTask): MetTask {
  return { id: taskId, family, values: { [PASSED]: passed, reward } }
}

async function evaluatedCompletions({ runs }: SharedTaskRooms, run: string, taskId: string): Promise<RunCompletions> {
  const { summary, config } = await runs.get(run)
  const step = summary.evaluated?.step ?? null
  const all = step === null ? [] : await evaluationRollouts(runs.directory(run), step, taskId)
  return { run, step: all.length === 0 ? null : step, rollouts: all.slice(0, config.evaluation.samples) }
}

async function drawnCompletions({ runs, store }: SharedTaskRooms, run: string, taskId: string): Promise<RunCompletions> {
  await runs.assertThere(run)
  const [newest] = await store.rolloutsOfTask(run, taskId)
  if (newest === undefined) return { run, step: null, rollouts: [] }
  const places = newest.rollouts.map(({ index }) => index).sort((a, b) => a - b)
  const rollouts = await Promise.all(places.map((index) => runs.completions.one(run, newest.step, index)))
  return { run, step: newest.step, rollouts }
}
