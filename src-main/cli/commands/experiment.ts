import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Api } from '#contract/api'
import { experimentPlanSchema, type ExperimentPlan, type ExperimentState } from '#contract/experiment'
import { Failure } from '#contract/failure'
import { EXIT_CODES } from '#contract/run-directory'
import { Alarm } from '../alarm.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { endedLine, phaseText, progressText, reportLines } from '../experiment-text.ts'
import { readObject } from '../run-request.ts'
import { SignalQueue } from '../signal-queue.ts'

const LOOK_MS = 1_000

export const experiment = command({
  name: 'experiment',
  summary: 'Compare algorithms: arms x seeds with equal budgets, then the test tasks',
  takes: ['plan'],
  options: { json: { type: 'boolean', says: 'print the state at the end as JSON for programs' } },
  notes: [
    'The plan is `starter`, or a JSON file, or the id of an experiment that was interrupted, which goes on.',
    'Ctrl-C leaves it: the run that trains goes on by itself, the others wait until the experiment is gone on with.',
    'The test tasks are read once, when all runs have finished: at the last and at the validation-chosen checkpoint.',
  ],
  run: async (context, [text], values) => {
    const { api } = await context.workbench()
    const signals = new SignalQueue(context)
    try {
      const id = await begin(api, text!, context.folder)
      if (values.json !== true) context.terminal.print(`Experiment ${id}`)
      return await stay(context, api, signals, id, values.json === true)
    } finally {
      signals.close()
      context.terminal.status(null)
    }
  },
})

/** Id of the experiment that is worked on from now. */
async function begin(api: Api, text: string, folder: string): Promise<string> {
  const known = (await api['experiments.list']()).find(({ id }) => id === text)
  if (known !== undefined) {
    await api['experiments.resume'](known.id)
    return known.id
  }
  const file = resolve(folder, text)
  const plan = text.endsWith('.json') || existsSync(file) ? planOf(file) : text
  return (await api['experiments.start'](plan)).id
}

/** Throws Failure config.unreadable, config.invalid. */
function planOf(file: string): ExperimentPlan {
  const parsed = experimentPlanSchema.safeParse(readObject(file))
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  throw new Failure('config.invalid', {
    field: path.length === 0 ? 'The plan' : path.join('.'),
    problem: `is not valid: ${message}.`,
    remedy: 'resources/experiments/starter.json is an example.',
  })
}

/** Tells what happens until the experiment is over or somebody leaves. Exit code. */
async function stay({ terminal }: Context, api: Api, signals: SignalQueue, id: string, isJson: boolean): Promise<number> {
  const alarm = new Alarm(LOOK_MS)
  const endListening = signals.onNew(() => alarm.ring())
  const told = new Set<string>()
  const tell = (line: string): void => {
    if (!told.has(line) && !isJson) terminal.print(line)
    told.add(line)
  }
  try {
    for (;;) {
      const state = await api['experiments.get'](id)
      for (const run of state.runs) if (run.status === 'finished') tell(endedLine(run))
      if (state.phase === 'testing') tell(phaseText(state))
      if (!state.isDriven) return end(state, terminal, isJson)
      terminal.status(progressText(state))
      if (signals.take().length > 0) {
        terminal.complain(`The run that trains goes on. \`veritune experiment ${id}\` goes on with the experiment.`)
        return EXIT_CODES.stopped
      }
      await alarm.wait()
    }
  } finally {
    endListening()
  }
}

function end(state: ExperimentState, terminal: Context['terminal'], isJson: boolean): number {
  terminal.status(null)
  if (isJson) terminal.print(JSON.stringify(state, null, 2))
  if (state.problem !== null) {
    terminal.complain(`${state.problem.message} ${state.problem.remedy}`)
    return EXIT_CODES.failed
  }
  if (!isJson) terminal.print(reportLines(state).join('\n'))
  return EXIT_CODES.finished
}
