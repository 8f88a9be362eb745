/** One evaluation outside of a run: of a model, or of a run's checkpoint, beside the model that it began as. */
import type { EvaluationReport } from '#contract/evaluation'
import { Failure } from '#contract/failure'
import { PASS_AT } from '#contract/metrics'
import type { RunConfig } from '#contract/run-config'
import type { EvaluationOrder } from '#contract/service'
import { evaluationTasks, promptOf, splitByLength } from '../1-tasks/prompts.ts'
import { readDataset, readWholeDataset } from '../1-tasks/read-tasks.ts'
import type { Scorer } from '../3-scores/scorer.ts'
import { gainMetrics, valuesOf, type TaskMeasures } from '../6-metrics/evaluation-metrics.ts'
import { loadCheckpoint, type NamedCheckpoint } from '../checkpoint/checkpoint.ts'
import type { Task } from '../flow.ts'
import { Stopwatch } from '../loop/stopwatch.ts'
import { evaluationSummary, familiesOf, fullEvaluation, type EvaluationPlan } from '../recipes/evaluate.ts'
import { loadTokenizer } from '../tokenizer/tokenizer.ts'
import { chosenCheckpoint } from './chosen-checkpoint.ts'
import { composeEvaluation, openEngine } from './composition.ts'
import { datasetFile, modelFolder } from './paths.ts'

/** Metrics stand under `eval/` for validation tasks and under `test/` for test tasks. Throws Failure run.no-checkpoint and those of the parts. */
export async function evaluatePolicy(order: EvaluationOrder, scorer: Scorer): Promise<EvaluationReport> {
  const started = performance.now()
  const { config, run, split, base, draws } = order
  // Before anything is computed.
  const checkpoint = run === null ? null : { run: run.directory, ...chosenCheckpoint(run.directory, run.checkpoint) }
  const { tasks, train } = await tasksOf(order)
  const plan = { knownFamilies: familiesOf(train), prefix: split === 'test' ? 'test' : 'eval', draws, scorer, split }
  const before = base === null ? null : await measure({ ...config, model: base }, null, tasks, plan)
  const after = await measure(config, checkpoint, before?.tasks ?? tasks, plan)
  const { samples } = config.evaluation
  return {
    ...comparison(before, after, plan, { base, samples }),
    step: checkpoint?.step ?? null,
    taskCount: after.tasks.length,
    tooLong: [...new Set([...(before?.tooLong ?? []), ...after.tooLong])].map(({ id }) => id),
    samples,
    draws: Math.max(draws, samples),
    unseenFamilies: [...familiesOf(after.tasks)].filter((family) => !plan.knownFamilies.has(family)),
    tasks: after.tasks.map(({ id, family }, i) => ({ id, family, values: valuesOf(after.measures[i]!) })),
    seconds: (performance.now() - started) / 1000,
  }
}

/** The test tasks are read by an evaluation that asks for them, and by nothing else of a run. Throws Failure dataset.empty-split. */
async function tasksOf({ config, split }: EvaluationOrder): Promise<{ tasks: readonly Task[]; train: readonly Task[] }> {
  const file = datasetFile(config.dataset.id)
  const { tasks, train } = split === 'test' ? await testTasks(file) : await validationTasks(file)
  if (tasks.length === 0) throw new Failure('dataset.empty-split', { split })
  return { tasks, train }
}

async function testTasks(file: string): Promise<{ tasks: readonly Task[]; train: readonly Task[] }> {
  const { tasks } = await readWholeDataset(file)
  return { tasks: tasks.test, train: tasks.train }
}

async function validationTasks(file: string): Promise<{ tasks: readonly Task[]; train: readonly Task[] }> {
  const { tasks } = await readDataset(file)
  return { tasks: tasks.validation, train: tasks.train }
}

interface Plan extends Pick<EvaluationPlan, 'knownFamilies' | 'prefix'> {
  readonly split: EvaluationOrder['split']
  readonly draws: number
  readonly scorer: Scorer
}

interface Measured {
  readonly tasks: readonly Task[]
  readonly measures: readonly TaskMeasures[]
  /** Tasks left out, whose prompts leave the model no room for an answer. */
  readonly tooLong: readonly Task[]
}

/**
 * Measures one model on the tasks of an evaluation among `tasks`. The seeds of completions and of stimulus come from the config's seed alone, so that
 * two models are measured alike. Throws Failure dataset.prompts-too-long where no task fits.
 */
async function measure(
  config: RunConfig,
  checkpoint: (NamedCheckpoint & { readonly run: string }) | null,
  tasks: readonly Task[],
  { split, draws, scorer, ...plan }: Plan,
): Promise<Measured> {
  const tokenizer = loadTokenizer(modelFolder(config.model))
  const engine = await openEngine(config)
  try {
    const { fitting, tooLong } = splitByLength(tasks, tokenizer, engine.info.contextLength)
    if (fitting.length === 0) throw new Failure('dataset.prompts-too-long', { split, tokens: engine.info.contextLength })
    if (checkpoint !== null) await loadCheckpoint(checkpoint.run, checkpoint.directory, engine)
    const stages = composeEvaluation(config, {
      engine,
      tokenizer,
      scorer,
      stopwatch: new Stopwatch(() => performance.now()),
      gate: async () => {},
      stop: new AbortController().signal,
      reward: () => config.reward,
    })
    const { samples, taskCount } = config.evaluation
    const chosen = evaluationTasks(fitting, taskCount)
    const prompts = chosen.map((task) => promptOf(task, tokenizer))
    const reached = PASS_AT.filter((k) => k <= Math.max(draws, samples))
    const { measures } = await fullEvaluation(stages, { ...plan, prompts }, samples, reached, draws)
    return { tasks: chosen, measures, tooLong }
  } finally {
    await engine.close()
  }
}

/** Both sides on the same tasks: those that fit both models. */
function comparison(
  before: Measured | null,
  after: Measured,
  plan: Plan,
  { base, samples }: { readonly base: string | null; readonly samples: number },
): Pick<EvaluationReport, 'metrics' | 'base'> {
  const metrics = evaluationSummary(after.measures, plan, samples)
  if (before === null || base === null) return { metrics, base: null }
  const measuresOf = new Map(before.tasks.map((task, i) => [task, before.measures[i]!]))
  const paired = after.tasks.map((task) => measuresOf.get(task)!)
  return {
    metrics: { ...metrics, ...gainMetrics(paired, after.measures, plan.knownFamilies, plan.prefix) },
    base: { model: base, metrics: evaluationSummary(paired, plan, samples) },
  }
}
