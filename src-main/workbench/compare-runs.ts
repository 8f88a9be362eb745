/** Runs beside each other, from what they stored. */
import { isSupervisedOnly, makerTitle } from '#contract/algorithm-names'
import type { RunSummary } from '#contract/api'
import type { ComparedGroup, RunComparison, SettingDifference, StoredEvaluation } from '#contract/comparison'
import type { RunConfig } from '#contract/run-config'
import { alignedTables, JUDGED_MEASURES, sentencesBetween, type Side } from '#experiments/task-tables'
import { crossedShareInterval } from '#statistics/seeds-and-tasks'

export interface ComparedRun {
  readonly id: string
  readonly config: RunConfig
  /** Not null: another program made it, and its config tells nothing. */
  readonly origin: RunSummary['origin']
  /** null: not evaluated yet. */
  readonly evaluation: StoredEvaluation | null
}

/** `given`: run -> what its group is called; where there is none, groups are called after what they are. */
export function compareRuns(runs: readonly ComparedRun[], given: ReadonlyMap<string, string> | null = null): RunComparison {
  const common = commonTasks(runs.flatMap(({ evaluation }) => (evaluation === null ? [] : [evaluation])))
  const groups = groupsOf(runs)
  const titles = given === null ? titlesOf(groups) : groups.map(([run]) => given.get(run!.id)!)
  const sides = groups.map((group, i): Side => {
    const evaluations = common.length === 0 ? [] : evaluationsOf(group).map((one) => restricted(one, common))
    return { title: titles[i]!, evaluations, isBase: false }
  })
  const judged = sides.filter(({ evaluations }) => evaluations.length > 0)
  return {
    runs: runs.map(({ id }) => id),
    groups: groups.map((group, i) => comparedGroup(group, sides[i]!)),
    taskCount: common.length,
    verdicts: JUDGED_MEASURES.flatMap((measure) => sentencesBetween(measure, judged)),
    differences: differencesOf(runs),
  }
}

function evaluationsOf(group: readonly ComparedRun[]): StoredEvaluation[] {
  return group.flatMap(({ evaluation }) => (evaluation === null ? [] : [evaluation]))
}

function commonTasks(evaluations: readonly StoredEvaluation[]): string[] {
  const [first, ...others] = evaluations.map(({ tasks }) => new Set(tasks.map(({ id }) => id)))
  return [...(first ?? [])].filter((id) => others.every((ids) => ids.has(id)))
}

/** To these tasks, in their order. */
function restricted({ step, tasks }: StoredEvaluation, ids: readonly string[]): StoredEvaluation {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  return { step, tasks: ids.map((id) => byId.get(id)!) }
}

/** Runs with the same settings but name and seed, in the order in which they come. */
function groupsOf(runs: readonly ComparedRun[]): ComparedRun[][] {
  const key = ({ id, config, origin }: ComparedRun): string =>
    origin === null ? JSON.stringify({ ...config, name: '', seed: 0 }) : id
  return [...Map.groupBy(runs, key).values()]
}

/** By algorithm; where several groups share one, by the name of their first run. */
function titlesOf(groups: readonly (readonly ComparedRun[])[]): string[] {
  const algorithms = groups.map(([run]) => {
    const { config, origin } = run!
    return makerTitle({ algorithm: config.algorithm.name, isSupervised: isSupervisedOnly(config), origin })
  })
  return groups.map(([run], i) => {
    const isShared = algorithms.filter((title) => title === algorithms[i]).length > 1
    return isShared ? `${algorithms[i]} (${run!.config.name})` : algorithms[i]!
  })
}

function comparedGroup(group: readonly ComparedRun[], { title, evaluations }: Side): ComparedGroup {
  const names = Object.keys(evaluations[0]?.tasks[0]?.values ?? {})
  const measures = names.flatMap((name) => {
    const [table] = alignedTables([evaluations], name)
    return table === undefined ? [] : [[name, crossedShareInterval(table)] as const]
  })
  return {
    title,
    runs: group.map(({ id }) => id),
    measures: Object.fromEntries(measures),
    steps: evaluations.length === 0 ? [] : evaluationsOf(group).map(({ step }) => step),
  }
}

/** Settings that are not the same in all runs that were made here, by path. */
function differencesOf(runs: readonly ComparedRun[]): SettingDifference[] {
  const flat = runs.map(({ config, origin }) => (origin === null ? new Map(leaves(config, '')) : null))
  const known = flat.filter((of) => of !== null)
  const paths = [...new Set(known.flatMap((of) => [...of.keys()]))]
  return paths
    .filter((path) => new Set(known.map((of) => of.get(path))).size > 1)
    .map((path) => ({ path, values: flat.map((of) => of?.get(path) ?? null) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Run -> what its config has at a dotted path, as JSON; null where it has nothing there. */
export function settingsAt(
  runs: readonly Pick<ComparedRun, 'id' | 'config'>[],
  path: string,
): Readonly<Record<string, string | null>> {
  return Object.fromEntries(runs.map(({ id, config }) => [id, new Map(leaves(config, '')).get(path) ?? null]))
}

function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, JSON.stringify(value)]]
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
}
