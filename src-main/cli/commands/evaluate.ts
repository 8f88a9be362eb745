import { evaluationRequestSchema, type EvaluationRequest } from '#contract/api'
import { Failure } from '#contract/failure'
import { command, JSON_OPTION, wholeNumber } from '../command.ts'
import { measureLines } from '../evaluation-text.ts'
import { findRun } from '../find-run.ts'
import { counted, duration } from '../numbers.ts'
import { absolute } from '../run-request.ts'

export const evaluate = command({
  name: 'eval',
  summary: 'Measure a model, or the newest checkpoint of a run, on tasks that it did not learn from',
  takes: [],
  options: {
    model: { type: 'string', hint: 'FOLDER', says: 'a model folder, or `starter`' },
    run: { type: 'string', hint: 'RUN', says: 'a run: its newest checkpoint' },
    dataset: { type: 'string', hint: 'FILE', says: "task file; else the run's own, else the starter tasks" },
    split: { type: 'string', hint: 'NAME', says: 'validation (default) or test' },
    tasks: { type: 'string', hint: 'N', says: 'tasks (default 100)' },
    samples: { type: 'string', hint: 'N', says: 'completions of each task (default 4; pass@8 draws 8)' },
    seed: { type: 'string', hint: 'N', says: 'seed of the sampling (default 1)' },
    json: JSON_OPTION,
  },
  notes: [],
  run: async ({ terminal, workbench, folder }, _, values) => {
    if ((values.model === undefined) === (values.run === undefined)) {
      throw new Failure('arguments.invalid', { problem: '`veritune eval` needs either --model or --run.' })
    }
    const { api } = await workbench()
    const run = values.run === undefined ? null : await api['runs.get']((await findRun(api, values.run)).id)
    const request = checked({
      model: values.model === undefined ? null : absolute(values.model, folder),
      run: run?.summary.id ?? null,
      dataset: values.dataset === undefined ? (run?.config.dataset.id ?? 'starter') : absolute(values.dataset, folder),
      split: values.split ?? 'validation',
      taskCount: wholeNumber('tasks', values.tasks ?? '100'),
      samples: wholeNumber('samples', values.samples ?? '4'),
      seed: wholeNumber('seed', values.seed ?? '1'),
    })
    terminal.status('Evaluating …')
    const report = await api['evaluations.run'](request)
    terminal.status(null)
    if (values.json === true) terminal.print(JSON.stringify(report, null, 2))
    else {
      const size = `${counted(report.taskCount, `${request.split} task`)}, ${counted(report.samples, 'completion')} each, ${duration(report.seconds)}`
      terminal.print([size, ...measureLines(report.metrics, request.split === 'test' ? 'test' : 'eval')].join('\n'))
    }
    return 0
  },
})

const OPTION_OF: Readonly<Record<string, string>> = { taskCount: 'tasks' }

function checked(request: unknown): EvaluationRequest {
  const parsed = evaluationRequestSchema.safeParse(request)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  const field = String(path[0] ?? '')
  throw new Failure('arguments.invalid', { problem: `--${OPTION_OF[field] ?? field}: ${message}.` })
}
