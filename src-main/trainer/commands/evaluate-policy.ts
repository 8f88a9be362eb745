/** One full evaluation outside of a run: of a model, or of a run's newest checkpoint. */
import type { EvaluationReport } from '#contract/api'
import { Failure } from '#contract/failure'
import { basename, join } from 'node:path'
import { RUN_FILES } from '#contract/run-directory'
import type { EvaluationOrder } from '#contract/service'
import { evaluationTasks, promptOf } from '../1-tasks/prompts.ts'
import { readDataset } from '../1-tasks/read-tasks.ts'
import type { Scorer } from '../3-scores/scorer.ts'
import { loadCheckpoint, newestCheckpoint } from '../checkpoint/checkpoint.ts'
import type { Engine } from '../engines/engine.ts'
import { readJournal } from '../journal/journal.ts'
import { Stopwatch } from '../loop/stopwatch.ts'
import { fullEvaluation } from '../recipes/evaluate.ts'
import { loadTokenizer } from '../tokenizer/tokenizer.ts'
import { composeEvaluation, openEngine } from './composition.ts'
import { datasetFile, modelFolder } from './paths.ts'

/** Metrics stand under `eval/` for validation tasks and under `test/` for test tasks. Throws Failure run.no-checkpoint and those of the parts. */
export async function evaluatePolicy(
  { config, runDirectory, split }: EvaluationOrder,
  scorer: Scorer,
): Promise<EvaluationReport> {
  const started = performance.now()
  const dataset = await readDataset(datasetFile(config.dataset.id))
  const tasks = evaluationTasks(dataset.tasks[split], config.evaluation.taskCount)
  if (tasks.length === 0) throw new Failure('dataset.empty-split', { split })
  const tokenizer = loadTokenizer(modelFolder(config.model))
  const engine = await openEngine(config)
  try {
    if (runDirectory !== null) await loadNewest(runDirectory, engine)
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
    const { metrics } = await fullEvaluation(stages, prompts, config.evaluation.samples, split === 'test' ? 'test' : 'eval')
    return { metrics, taskCount: tasks.length, samples: config.evaluation.samples, seconds: (performance.now() - started) / 1000 }
  } finally {
    await engine.close()
  }
}

async function loadNewest(runDirectory: string, engine: Engine): Promise<void> {
  const checkpoint = newestCheckpoint(runDirectory, readJournal(join(runDirectory, RUN_FILES.journal)).events)
  if (checkpoint === null) throw new Failure('run.no-checkpoint', { run: basename(runDirectory) })
  await loadCheckpoint(runDirectory, checkpoint, engine)
}
