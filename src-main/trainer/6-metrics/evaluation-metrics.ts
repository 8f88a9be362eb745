/** Judged completions of an evaluation -> measures of each task -> rates, gains and their intervals, of all tasks and of known and unseen families. */
import { RATE_KEY } from '#contract/metrics'
import { COMPONENTS, type Component, type ScoreReport } from '#contract/score'
import { pairedRateInterval, rateInterval, type Interval, type Tally } from '#statistics/bootstrap'
import { passAtK } from '#statistics/pass-at-k'
import { createRandom, hashSeed } from '../math/random.ts'
import { measureOf, type Metrics } from './step-metrics.ts'

/** All completions of one task, whether they come from an engine or from a file. */
export interface JudgedGroup {
  readonly prompt: { readonly task: { readonly family: string } }
  readonly rollouts: readonly { readonly report: Pick<ScoreReport, 'scores'> }[]
}

/** What was measured on one task, by the name of the measure: `pass@1`, `compile_rate`, `near_greedy/pass@1`. */
export interface TaskMeasures {
  readonly family: string
  readonly tallies: Readonly<Record<string, Tally>>
}

/** pass@1 and the rates from the first `samples` completions, pass@k for each of `passAt` from all of them. `place` stands before the names. */
export function measureTasks(
  groups: readonly JudgedGroup[],
  samples: number,
  passAt: readonly number[] = [],
  place = '',
): TaskMeasures[] {
  return groups.map(({ prompt, rollouts }) => {
    const first = rollouts.slice(0, samples)
    const entries: [string, Tally][] = [
      ['pass@1', passTally(first, 1)],
      ...passAt.filter((k) => k > 1).map((k): [string, Tally] => [`pass@${k}`, passTally(rollouts, k)]),
      ...COMPONENTS.map((component): [string, Tally] => [RATE_KEY[component], rateTally(first, component)]),
    ]
    const tallies = Object.fromEntries(entries.map(([name, tally]) => [place + name, tally]))
    return { family: prompt.task.family, tallies }
  })
}

/** Measures of the same tasks under several conditions, side by side. */
export function joinMeasures(first: readonly TaskMeasures[], second: readonly TaskMeasures[]): TaskMeasures[] {
  return first.map(({ family, tallies }, task) => ({ family, tallies: { ...tallies, ...second[task]!.tallies } }))
}

/** Mean of each measure of a task; null where nothing was scored. */
export function valuesOf({ tallies }: TaskMeasures): Record<string, number | null> {
  return Object.fromEntries(Object.entries(tallies).map(([name, { sum, count }]) => [name, count === 0 ? null : sum / count]))
}

/** A completion that could not be judged has not passed. */
function passTally(rollouts: JudgedGroup['rollouts'], k: number): Tally {
  if (rollouts.length < k) return { sum: 0, count: 0 }
  const passed = rollouts.filter(({ report }) => measureOf(report, 'functional') === 1).length
  return { sum: passAtK(rollouts.length, passed, k), count: 1 }
}

/** Over the scored completions only. */
function rateTally(rollouts: JudgedGroup['rollouts'], component: Component): Tally {
  const measures = rollouts.flatMap(({ report }) => measureOf(report, component) ?? [])
  return { sum: measures.reduce((sum, value) => sum + value, 0), count: measures.length }
}

/** `<prefix>/<measure>` with `_low` and `_high`; where tasks are of known and of unseen families both, also `<prefix>/known/…` and `<prefix>/unseen/…`. */
export function evaluationMetrics(tasks: readonly TaskMeasures[], knownFamilies: ReadonlySet<string>, prefix: string): Metrics {
  const known = tasks.filter(({ family }) => knownFamilies.has(family)).length
  return {
    ...inParts(tasks, knownFamilies, prefix, (part, place) => {
      const names = Object.keys(part[0]?.tallies ?? {})
      return Object.assign(
        {},
        ...names.map((name) => withEnds(`${place}/${name}`, rateInterval(talliesOf(part, name), resampling()))),
      )
    }),
    [`${prefix}/known/task_count`]: known,
    [`${prefix}/unseen/task_count`]: tasks.length - known,
  }
}

/**
 * after - before, paired over the same tasks in the same order: `<prefix>/<measure>_gain` with `_low` and `_high`, in the same parts,
 * for the measures that both sides have.
 */
export function gainMetrics(
  before: readonly TaskMeasures[],
  after: readonly TaskMeasures[],
  knownFamilies: ReadonlySet<string>,
  prefix: string,
): Metrics {
  const pairs = after.map((task, i) => ({ family: task.family, before: before[i]!.tallies, after: task.tallies }))
  return inParts(pairs, knownFamilies, prefix, (part, place) => {
    const names = Object.keys(part[0]?.after ?? {}).filter((name) => name in part[0]!.before)
    const gainOf = (name: string): Interval | null =>
      pairedRateInterval(
        part.map((pair) => pair.before[name]!),
        part.map((pair) => pair.after[name]!),
        resampling(),
      )
    return Object.assign({}, ...names.map((name) => withEnds(`${place}/${name}_gain`, gainOf(name))))
  })
}

function inParts<T extends { readonly family: string }>(
  tasks: readonly T[],
  knownFamilies: ReadonlySet<string>,
  prefix: string,
  metricsOf: (part: readonly T[], place: string) => Metrics,
): Metrics {
  const known = tasks.filter(({ family }) => knownFamilies.has(family))
  const unseen = tasks.filter(({ family }) => !knownFamilies.has(family))
  const whole = metricsOf(tasks, prefix)
  // One part alone would be the whole again.
  if (known.length === 0 || unseen.length === 0) return whole
  return { ...whole, ...metricsOf(known, `${prefix}/known`), ...metricsOf(unseen, `${prefix}/unseen`) }
}

function withEnds(key: string, interval: Interval | null): Metrics {
  return interval === null ? {} : { [key]: interval.mean, [`${key}_low`]: interval.low, [`${key}_high`]: interval.high }
}

function talliesOf(tasks: readonly TaskMeasures[], name: string): Tally[] {
  return tasks.map(({ tallies }) => tallies[name]!)
}

/** Every interval draws the same resamples, so that an evaluation has the same ends whenever it is looked at. */
function resampling(): () => number {
  return createRandom(hashSeed('interval')).next
}
