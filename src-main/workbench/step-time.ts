/** How long a step of a run to come takes: as long as one of the run that is most like it, scaled by what is known to count. */
import { cpus } from 'node:os'
import type { HistoryColumn, RunDetail } from '#contract/api'
import type { RunConfig } from '#contract/run-config'
import type { StepTime } from '#contract/step-time'
import type { Runs } from '#runs/runs'
import type { StoredRun } from '#store/records'
import type { Store } from '#store/store'

/** Steps that the median is taken over. */
const NEWEST_STEPS = 20

/** What decides how fast an engine is. Where one of these differs, a run says nothing. */
const SAME: readonly ((config: RunConfig) => unknown)[] = [
  ({ engine }) => engine,
  ({ model }) => model,
  ({ engine, device, baseStorage }) => (engine === 'onnx' ? [device, baseStorage] : null),
  ({ engine, torch }) => (engine === 'torch' ? torch : null),
]
/** What counts as well, the most important first. */
const ALIKE: Readonly<Record<string, (config: RunConfig) => unknown>> = {
  'algorithm.name': ({ algorithm }) => algorithm.name,
  lora: ({ lora }) => lora === null,
  'dataset.id': ({ dataset }) => dataset.id,
  judge: ({ judge }) => judge,
  gradientCheckpointing: ({ gradientCheckpointing }) => gradientCheckpointing,
  'sampling.maxCompletionTokens': ({ sampling }) => sampling.maxCompletionTokens,
}

interface Rooms {
  readonly store: Pick<Store, 'runs' | 'stretch'>
  readonly runs: Pick<Runs, 'get' | 'isImported'>
}

/** null: no run on this computer has measured a step of this engine and model. */
export async function stepTimeOf(config: RunConfig, { store, runs }: Rooms): Promise<StepTime | null> {
  const measured = (await store.runs()).filter(({ id, step }) => step > 0 && !runs.isImported(id))
  for (const run of likeliest(config, measured)) {
    const detail = await runs.get(run.id)
    if (!isOfThisComputer(detail)) continue
    const { first, last } = measuredSteps(run)
    const time = foretold(config, detail, await store.stretch(run.id, Object.values(KEYS), first, last, NEWEST_STEPS))
    if (time !== null) return time
  }
  return null
}

const KEYS = {
  step: 'timing_s/step',
  paused: 'timing_s/paused',
  update: 'timing_s/update',
  length: 'train/completions/mean_length',
} as const

/** Those of the same engine and model, the one that is most like it first; among equals the newest. */
export function likeliest(config: RunConfig, runs: readonly StoredRun[]): StoredRun[] {
  const same = runs.filter((run) => SAME.every((of) => isEqual(of(config), of(run.config))))
  const distance = (run: StoredRun): number[] => [
    ...Object.values(ALIKE).map((of) => Number(!isEqual(of(config), of(run.config)))),
    Math.abs(Math.log(completionsOf(run.config) / completionsOf(config))),
  ]
  return same.toSorted((a, b) => {
    const [one, other] = [distance(a), distance(b)]
    const at = one.findIndex((part, i) => part !== other[i])
    return at < 0 ? (a.createdAt < b.createdAt ? 1 : -1) : one[at]! - other[at]!
  })
}

/** Runs may have been brought here from elsewhere. One that does not say where it ran is taken at its word. */
function isOfThisComputer({ environment }: Pick<RunDetail, 'environment'>): boolean {
  const { processor, cores } = environment ?? {}
  const [here] = cpus()
  return (processor === undefined || processor === here?.model) && (cores === undefined || cores === cpus().length)
}

/** The newest; none of a supervised stage, and where there are others not the first, which compiles. */
function measuredSteps({ step, config }: StoredRun): { first: number; last: number } {
  const own = (config.supervised?.steps ?? 0) + 1
  return { first: Math.max(Math.min(own + 1, step), own, step - NEWEST_STEPS + 1), last: step }
}

/** columns: by KEYS, a value a step. null where no step was measured. */
export function foretold(
  config: RunConfig,
  { summary, config: before }: Pick<RunDetail, 'summary' | 'config'>,
  columns: readonly HistoryColumn[],
): StepTime | null {
  const columnOf = (key: string): HistoryColumn | undefined => columns.find((column) => column.key === key)
  const valuesOf = (key: string): readonly number[] => columnOf(key)?.means ?? []
  const walls = valuesOf(KEYS.step)
  if (walls.length === 0) return null
  const paused = new Map(columnOf(KEYS.paused)?.steps.map((step, i) => [step, valuesOf(KEYS.paused)[i]!]))
  const measuredSeconds = median(walls.map((wall, i) => wall - (paused.get(columnOf(KEYS.step)!.steps[i]!) ?? 0)))
  const updates = Math.min(1, median(valuesOf(KEYS.update)) / measuredSeconds)
  const passes = 1 - updates + updates * (config.updateEpochs / before.updateEpochs)
  const length = Math.min(1, config.sampling.maxCompletionTokens / (median(valuesOf(KEYS.length)) || Infinity))
  const completions = completionsOf(before)
  return {
    run: { id: summary.id, name: summary.name },
    stepCount: walls.length,
    measuredSeconds,
    completions,
    seconds: measuredSeconds * (completionsOf(config) / completions) * passes * (length || 1),
    differing: Object.entries(ALIKE).flatMap(([path, of]) => (isEqual(of(config), of(before)) ? [] : [path])),
  }
}

function completionsOf({ promptsPerStep, groupSize }: RunConfig): number {
  return promptsPerStep * groupSize
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** 0 without values. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
