import { evaluationRequestSchema, type EvaluationRequest } from '#contract/evaluation'
import { Failure } from '#contract/failure'
import { command, JSON_OPTION, wholeNumber } from '../command.ts'
import { reportLines } from '../evaluation-table.ts'
import { findRun } from '../find-run.ts'
import { placeOf } from '../run-place.ts'
import { absolute } from '../run-request.ts'

export const evaluate = command({
  name: 'eval',
  summary: 'Measure a model, or a checkpoint of a run, on tasks that it did not learn from',
  takes: [],
  options: {
    model: { type: 'string', hint: 'FOLDER', says: 'a model folder, or `starter`' },
    run: { type: 'string', hint: 'RUN', says: 'a run: its newest checkpoint, or RUN@best (by validation), RUN@20 (of step 20)' },
    base: { type: 'string', hint: 'FOLDER', says: "model to compare with; else the run's own, or none with --model; `none`" },
    dataset: { type: 'string', hint: 'FILE', says: "task file; else the run's own, else the starter tasks" },
    split: { type: 'string', hint: 'NAME', says: 'validation (default) or test' },
    tasks: { type: 'string', hint: 'N', says: 'tasks (default 100)' },
    samples: { type: 'string', hint: 'N', says: 'completions of each task for pass@1 and rates (default 4)' },
    draws: { type: 'string', hint: 'N', says: 'completions of each task for pass@5 and pass@10 (default 20)' },
    seed: { type: 'string', hint: 'N', says: 'seed of the sampling (default 1)' },
    json: JSON_OPTION,
  },
  notes: [
    'Intervals are 95 %, by bootstrap over the tasks. Gains are paired: the same tasks and the same seeds for both models.',
    'T 0.2 is near-greedy: a gain at T 1 that is not there either is sharpening rather than learning.',
    'Choose by validation; read the test tasks once, at the end.',
  ],
  run: async ({ terminal, workbench, folder }, _, values) => {
    if ((values.model === undefined) === (values.run === undefined)) {
      throw new Failure('arguments.invalid', { problem: '`veritune eval` needs either --model or --run.' })
    }
    const { api } = await workbench()
    const named = values.run === undefined ? null : placeOf(values.run)
    const run = named === null ? null : await api['runs.get']((await findRun(api, named.run)).id)
    const request = checked({
      model: values.model === undefined ? null : absolute(values.model, folder),
      run: run?.summary.id ?? null,
      checkpoint: named?.checkpoint ?? 'newest',
      base: baseOf(values.base, folder),
      dataset: values.dataset === undefined ? (run?.config.dataset.id ?? 'starter') : absolute(values.dataset, folder),
      split: values.split ?? 'validation',
      taskCount: wholeNumber('tasks', values.tasks ?? '100'),
      samples: wholeNumber('samples', values.samples ?? '4'),
      draws: wholeNumber('draws', values.draws ?? '20'),
      seed: wholeNumber('seed', values.seed ?? '1'),
    })
    terminal.status('Evaluating …')
    const report = await api['evaluations.run'](request)
    terminal.status(null)
    terminal.print(values.json === true ? JSON.stringify(report, null, 2) : reportLines(report, request.split).join('\n'))
    return 0
  },
})

function baseOf(given: string | undefined, folder: string): string | null {
  if (given === 'none') return null
  return given === undefined ? 'own' : String(absolute(given, folder))
}

const OPTION_OF: Readonly<Record<string, string>> = { taskCount: 'tasks' }

function checked(request: unknown): EvaluationRequest {
  const parsed = evaluationRequestSchema.safeParse(request)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  const field = String(path[0] ?? '')
  throw new Failure('arguments.invalid', { problem: `--${OPTION_OF[field] ?? field}: ${message}.` })
}
