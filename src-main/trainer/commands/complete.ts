/** One completion, told as it comes. */
import { Failure } from '#contract/failure'
import type { CompletionEnd, CompletionSoFar, PlaygroundCompletion } from '#contract/playground'
import type { CompletionOrder } from '#contract/service'
import { promptTextOf } from '../1-tasks/prompts.ts'
import type { Engine, Sampling } from '../engines/engine.ts'
import type { Task } from '../flow.ts'
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts'
import { askEngine } from './asked-engine.ts'
import { chosenCheckpoint } from './chosen-checkpoint.ts'
import { samplingOf } from './composition.ts'
import type { KeptEngines } from './kept-engines.ts'
import { modelFolder } from './paths.ts'

/** An eye sees no more, and a small model makes hundreds of tokens in this time. */
const TELL_EVERY_MS = 50

interface Places {
  readonly engines: KeptEngines
  readonly taskOf: (dataset: string, id: string) => Promise<Task>
}

interface Listener {
  readonly onProgress: (progress: CompletionSoFar) => void
  readonly stop: AbortSignal
}

/**
 * Throws Failure completion.test-task, completion.too-long, completion.crashed, completion.no-memory, task.unknown, run.no-checkpoint,
 * arguments.invalid for a checkpoint that is not there, and those of model and adapter.
 */
export async function complete(order: CompletionOrder, places: Places, listener: Listener): Promise<PlaygroundCompletion> {
  const { config } = order
  const checkpoint = order.run === null ? null : { run: order.run.directory, name: checkpointName(order.run) }
  const tokenizer = loadTokenizer(modelFolder(config.model))
  const prompt = tokenizer.encode(promptTextOf(await instructionOf(order, places), tokenizer))
  listener.onProgress({ stage: 'opening', text: '', tokenCount: 0 })
  const sampling = { ...samplingOf(config, tokenizer, config.sampling.temperature), isStreamed: true }
  return askEngine(places.engines, { config, checkpoint }, (engine) =>
    generated(engine, { prompt, seed: config.seed, sampling, tokenizer }, listener),
  )
}

function checkpointName({ directory, checkpoint }: NonNullable<CompletionOrder['run']>): string {
  return chosenCheckpoint(directory, checkpoint).directory
}

async function instructionOf({ prompt }: CompletionOrder, { taskOf }: Places): Promise<string> {
  if (prompt.kind === 'text') return prompt.text
  const task = await taskOf(prompt.dataset, prompt.taskId)
  if (task.split === 'test') throw new Failure('completion.test-task', { id: task.id })
  return task.instruction
}

interface Question {
  readonly prompt: readonly number[]
  readonly seed: number
  readonly sampling: Sampling
  readonly tokenizer: Tokenizer
}

async function generated(engine: Engine, question: Question, { onProgress, stop }: Listener): Promise<PlaygroundCompletion> {
  const { prompt, seed, sampling, tokenizer } = question
  const { contextLength, name, device, dtype } = engine.info
  if (prompt.length >= contextLength) throw new Failure('completion.too-long', { tokens: prompt.length, limit: contextLength })
  const tokens: number[] = []
  const textSoFar = (): string => (tokens.length === 0 ? '' : tokenizer.decode(tokens))
  const started = performance.now()
  let [toldMs, isFinished] = [-Infinity, false]
  const tell = (): void => {
    toldMs = performance.now()
    onProgress({ stage: 'generating', text: wholeCharacters(textSoFar()), tokenCount: tokens.length })
  }
  tell()
  await engine.generate(
    [{ prompt, seeds: [seed] }],
    sampling,
    'current',
    (event) => {
      tokens.push(...event.tokens)
      isFinished = event.isFinished
      if (performance.now() - toldMs >= TELL_EVERY_MS) tell()
    },
    stop,
  )
  const text = textSoFar()
  return {
    text,
    promptTokens: prompt.length,
    tokenCount: tokens.length,
    end: isFinished ? endOf(tokens, text, sampling) : 'stopped',
    seconds: (performance.now() - started) / 1000,
    engine: { name, device, dtype },
  }
}

/** A character whose bytes have not all come yet is not shown. */
function wholeCharacters(text: string): string {
  return text.replace(/\ufffd+$/, '')
}

function endOf(tokens: readonly number[], text: string, sampling: Sampling): CompletionEnd {
  const isEnded = sampling.endTokens.includes(tokens.at(-1)!) || sampling.stop?.texts.some((stop) => text.includes(stop)) === true
  if (isEnded) return 'end'
  return tokens.length >= sampling.maxCompletionTokens ? 'limit' : 'context'
}
