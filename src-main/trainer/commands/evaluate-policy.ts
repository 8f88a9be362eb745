/** One evaluation outside of a run: of a model, or of a run's checkpoint, beside the model that it began as. */
import type { EvaluationReport } from '#contract/api'
import { Failure } from '#contract/failure'
import { basename, join } from 'node:path'
import { PASS_AT } from '#contract/metrics'
import type { RunConfig } from '#contract/run-config'
import { RUN_FILES } from '#contract/run-directory'
import type { CheckpointChoice, EvaluationOrder } from '#contract/service'
import { evaluationTasks, promptOf } from '../1-tasks/prompts.ts'
import { readDataset, readWholeDataset } from '../1-tasks/read-tasks.ts'
import type { Scorer } from '../3-scores/scorer.ts'
import { bestCheckpoint } from '../checkpoint/best.ts'
import { gainMetrics, valuesOf } from '../6-metrics/evaluation-metrics.ts'
import { loadCheckpoint, namedCheckpoints, type NamedCheckpoint } from '../checkpoint/checkpoint.ts'
import type { Task } from '../flow.ts'
import { readJournal } from '../journal/journal.ts'
import { Stopwatch } from '../loop/stopwatch.ts'
import { familiesOf, fullEvaluation, type EvaluationResult } from '../recipes/evaluate.ts'
import { loadTokenizer } from '../tokenizer/tokenizer.ts'
import { composeEvaluation, openEngine } from './composition.ts'
import { datasetFile, modelFolder } from './paths.ts'

/** Metrics stand under `eval/` for validation tasks and under `test/` for test tasks. Throws Failure run.no-checkpoint and those of the parts. */
export async function evaluatePolicy(order: EvaluationOrder, scorer: Scorer): Promise<EvaluationReport> {
  const started = performance.now()
  const { config, run, split, base, draws } = order
  // Before anything is computed.
  const checkpoint = run === null ? null : { run: run.directory, ...chosenCheckpoint(run.directory, run.checkpoint) }
  const { tasks, train } = await tasksOf(order)
  if (tasks.length === 0) throw new Failure('dataset.empty-split', { split })
  const plan = { tasks, knownFamilies: familiesOf(train), prefix: split === 'test' ? 'test' : 'eval', draws }
  const before = base === null ? null : await measured({ ...config, model: base }, null, plan, scorer)
  const after = await measured(config, checkpoint, plan, scorer)
  const gains = before === null ? {} : gainMetrics(before.measures, after.measures, plan.knownFamilies, plan.prefix)
  return {
    metrics: { ...after.metrics, ...gains },
    base: before === null ? null : { model: base!, metrics: before.metrics },
    step: checkpoint?.step ?? null,
    taskCount: tasks.length,
    samples: config.evaluation.samples,
    draws: Math.max(draws, config.evaluation.samples),
    unseenFamilies: [...familiesOf(tasks)].filter((family) => !plan.knownFamilies.has(family)),
    tasks: tasks.map(({ id, family }, i) => ({ id, family, values: valuesOf(after.measures[i]!) })),
    seconds: (performance.now() - started) / 1000,
  }
}

/** The test tasks are read by an evaluation that asks for them, and by nothing else of a run. */
async function tasksOf({ config, split }: EvaluationOrder): Promise<{ tasks: Task[]; train: readonly Task[] }> {
  const file = datasetFile(config.dataset.id)
  const count = config.evaluation.taskCount
  if (split === 'test') {
    const { tasks } = await readWholeDataset(file)
    return { tasks: evaluationTasks(tasks.test, count), train: tasks.train }
  }
  const { tasks } = await readDataset(file)
  return { tasks: evaluationTasks(tasks.validation, count), train: tasks.train }
}

interface Plan {
  readonly tasks: readonly Task[]
  readonly knownFamilies: ReadonlySet<string>
  readonly prefix: string
  readonly draws: number
}

/** The seeds of completions and of stimulus come from the config's seed alone, so that two models are measured alike. */
async function measured(
  config: RunConfig,
  checkpoint: (NamedCheckpoint & { readonly run: string }) | null,
  { tasks, draws, ...plan }: Plan,
  scorer: Scorer,
): Promise<EvaluationResult> {
  const tokenizer = loadTokenizer(modelFolder(config.model))
  const engine = await openEngine(config)
  try {
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
    const prompts = tasks.map((task) => promptOf(task, tokenizer))
    const { samples } = config.evaluation
    const reached = PASS_AT.filter((k) => k <= Math.max(draws, samples))
    return await fullEvaluation(stages, { ...plan, prompts }, samples, reached, draws)
  } finally {
    await engine.close()
  }
}

/** Throws Failure run.no-checkpoint, and arguments.invalid naming what there is. */
function chosenCheckpoint(directory: string, choice: CheckpointChoice): NamedCheckpoint {
  const run = basename(directory)
  const { events } = readJournal(join(directory, RUN_FILES.journal))
  const named = namedCheckpoints(directory, events)
  if (named.length === 0) throw new Failure('run.no-checkpoint', { run })
  if (choice === 'newest') return named.at(-1)!
  const chosen = choice === 'best' ? bestCheckpoint(named, events) : named.findLast(({ step }) => step === choice)
  if (chosen !== null && chosen !== undefined) return chosen
  const problem =
    choice === 'best'
      ? `The run "${run}" was not evaluated at the step of any checkpoint, so that none is known to be best.`
      : `The run "${run}" has no checkpoint of step ${choice}; it has those of ${[...new Set(named.map(({ step }) => step))].join(', ')}.`
  throw new Failure('arguments.invalid', { problem })
}
