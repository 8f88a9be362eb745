import { resolve } from 'node:path'
import type { Api } from '#contract/api'
import { Failure } from '#contract/failure'
import { command, wholeNumber } from '../command.ts'
import { findRun } from '../find-run.ts'
import { follow } from '../follow.ts'
import { parseSetting, runRequest, type Wish } from '../run-request.ts'
import { SignalQueue } from '../signal-queue.ts'

export const train = command({
  name: 'train',
  summary: 'Start a run and stay with it until its end',
  takes: [],
  options: {
    preset: { type: 'string', hint: 'NAME', says: 'settings that ship with VeriTune, e.g. starter-grpo' },
    config: { type: 'string', hint: 'FILE', says: 'settings from a JSON file, e.g. the config.json of another run' },
    from: { type: 'string', hint: 'RUN[@STEP]', says: 'go on from a checkpoint of another run, its newest or that of a step' },
    steps: { type: 'string', hint: 'N', says: 'training steps' },
    seed: { type: 'string', hint: 'N', says: 'seed of everything that is drawn' },
    name: { type: 'string', hint: 'TEXT', says: 'name of the run' },
    'checkpoint-every': { type: 'string', hint: 'N', says: 'steps between checkpoints; 0 = only at the end' },
    host: { type: 'string', hint: 'NAME', says: 'train on another computer (see `veritune host add`)' },
    set: { type: 'string', multiple: true, hint: 'PATH=VALUE', says: 'any other setting, e.g. optimizer.learningRate=0.0005' },
    json: { type: 'boolean', says: 'print the journal as JSON lines; the first line names the run' },
  },
  notes: [
    'Ctrl-C stops the run with a checkpoint. Closing the terminal leaves it going: the trainer is a process of its own.',
    'The shares of the status line are means over the last 10 steps.',
    'Exit codes: 0 finished, 130 stopped, 2 bad input, 3 failed, 4 out of memory, 5 crashed.',
  ],
  run: async (context, _, values) => {
    const whole = (option: string, text: string | undefined, path: string): [string, unknown][] =>
      text === undefined ? [] : [[path, wholeNumber(option, text)]]
    const wish = {
      preset: values.preset,
      configFile: values.config === undefined ? undefined : resolve(context.folder, values.config),
      overrides: [
        ...whole('steps', values.steps, 'steps'),
        ...whole('seed', values.seed, 'seed'),
        ...(values.name === undefined ? [] : [['name', values.name] as const]),
        ...whole('checkpoint-every', values['checkpoint-every'], 'checkpointEvery'),
        ...(values.set ?? []).map((text) => parseSetting(text, context.folder)),
      ],
    }
    const create = creation(wish, values.from, values.host)
    const workbench = await context.workbench()
    const signals = new SignalQueue(context)
    try {
      const { id } = await create(workbench.api)
      context.terminal.print(values.json === true ? JSON.stringify({ type: 'run.created', id }) : `Run ${id}`)
      return await follow(context, workbench, signals, { id, known: [], isJson: values.json === true })
    } finally {
      signals.close()
    }
  },
})

type Creation = (api: Pick<Api, 'runs.create' | 'runs.clone' | 'runs.list'>) => Promise<{ id: string }>

/** What is asked for is judged before a workbench is opened. */
function creation(wish: Wish, from: string | undefined, host: string | undefined): Creation {
  if (from === undefined) {
    const request = runRequest(wish)
    return (api) => api['runs.create'](request, undefined, host)
  }
  if (wish.preset !== undefined || wish.configFile !== undefined) {
    throw new Failure('arguments.invalid', { problem: '--from takes the settings of its run: --preset and --config exclude it.' })
  }
  const [, run, step] = /^(.*?)(?:@(\d+))?$/s.exec(from)!
  return async (api) =>
    api['runs.clone'](
      {
        run: (await findRun(api, run!)).id,
        step: step === undefined ? null : Number(step),
        overrides: Object.fromEntries(wish.overrides),
      },
      undefined,
      host,
    )
}
