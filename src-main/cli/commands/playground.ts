import type { Api } from '#contract/api'
import { Failure } from '#contract/failure'
import {
  playgroundRequestSchema,
  type ModelChoice,
  type PlaygroundCompletion,
  type PlaygroundRequest,
  type PromptChoice,
} from '#contract/playground'
import { command, JSON_OPTION } from '../command.ts'
import { duration } from '../numbers.ts'
import { checkpointOf } from '../run-place.ts'
import { absolute } from '../run-request.ts'

/** There is one at a time. */
const ID = 'terminal'

export const playground = command({
  name: 'playground',
  summary: 'Let a model or a checkpoint answer one prompt, printed as it comes',
  takes: [],
  options: {
    model: { type: 'string', hint: 'FOLDER', says: 'a model folder, or `starter`' },
    run: { type: 'string', hint: 'RUN', says: 'a run: its newest checkpoint, or RUN@best (by validation), RUN@20 (of step 20)' },
    text: { type: 'string', hint: 'TEXT', says: 'an instruction in your own words' },
    task: { type: 'string', hint: 'ID', says: 'a train or validation task instead' },
    dataset: { type: 'string', hint: 'FILE', says: 'task file; the starter tasks if left out' },
    temperature: { type: 'string', hint: 'T', says: 'temperature (default 0.8)' },
    'top-p': { type: 'string', hint: 'P', says: 'nucleus mass (default 1, which is off)' },
    tokens: { type: 'string', hint: 'N', says: 'most tokens (default 512)' },
    seed: { type: 'string', hint: 'N', says: 'seed of the sampling (default 1)' },
    json: JSON_OPTION,
  },
  notes: [
    'stdout gets the completion alone: `veritune playground --task ID --model starter | veritune score - --task ID`.',
    'The same seed gives the same completion.',
  ],
  run: async ({ terminal, workbench, folder }, _, values) => {
    const opened = await workbench()
    const { api } = opened
    const request = checked({
      id: ID,
      model: await modelOf(api, values, folder),
      prompt: promptOf(values, folder),
      sampling: {
        temperature: Number(values.temperature ?? '0.8'),
        topP: Number(values['top-p'] ?? '1'),
        maxCompletionTokens: Number(values.tokens ?? '512'),
        seed: Number(values.seed ?? '1'),
      },
    })
    const lines = new Lines((line) => terminal.print(line))
    const isPlain = values.json !== true
    const end = opened.on('playground.progress', ({ stage, text, tokenCount }) => {
      terminal.status(stage === 'opening' ? 'Opening the model …' : `${tokenCount} tokens`)
      if (isPlain) lines.take(text)
    })
    const completion = await api['playground.complete'](request).finally(() => {
      end()
      terminal.status(null)
    })
    if (isPlain) lines.finish(completion.text)
    else terminal.print(JSON.stringify(completion, null, 2))
    if (isPlain) terminal.complain(terminal.paint('dim', summaryOf(completion)))
    return 0
  },
})

type Given = Readonly<Partial<Record<'model' | 'run' | 'text' | 'task' | 'dataset', string>>>

async function modelOf(api: Api, { model, run }: Given, folder: string): Promise<ModelChoice> {
  if (model !== undefined && run === undefined) return { kind: 'model', path: absolute(model, folder) as string, like: null }
  if (run !== undefined && model === undefined) return checkpointOf(api, run)
  throw new Failure('arguments.invalid', { problem: '`veritune playground` needs either --model or --run.' })
}

function promptOf({ text, task, dataset }: Given, folder: string): PromptChoice {
  if (text !== undefined && task === undefined) return { kind: 'text', text }
  if (task !== undefined && text === undefined)
    return { kind: 'task', dataset: absolute(dataset ?? 'starter', folder) as string, taskId: task }
  throw new Failure('arguments.invalid', { problem: '`veritune playground` needs either --text or --task.' })
}

const OPTION_OF: Readonly<Record<string, string>> = { maxCompletionTokens: 'tokens', topP: 'top-p' }

function checked(request: unknown): PlaygroundRequest {
  const parsed = playgroundRequestSchema.safeParse(request)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  const field = String(path.at(-1) ?? '')
  throw new Failure('arguments.invalid', { problem: `--${OPTION_OF[field] ?? field}: ${message}.` })
}

/** A terminal cannot take a line back: each is printed when it has ended. */
class Lines {
  readonly #print: (line: string) => void
  #printed = 0

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  take(text: string): void {
    const whole = text.split('\n').slice(0, -1)
    for (const line of whole.slice(this.#printed)) this.#print(line)
    this.#printed = Math.max(this.#printed, whole.length)
  }

  finish(text: string): void {
    this.take(text.endsWith('\n') || text === '' ? text : `${text}\n`)
  }
}

function summaryOf({ end, tokenCount, promptTokens, seconds, engine }: PlaygroundCompletion): string {
  const ends = { end: 'ended by itself', limit: 'cut at --tokens', context: 'cut where the context is full', stopped: 'stopped' }
  return `${ends[end]}: ${tokenCount} tokens in ${duration(seconds)} after a prompt of ${promptTokens}, by ${engine.name} on ${engine.device}`
}
