/** How likely each token of a stored completion is, by the model as it was nearest before. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import { CHECKPOINT_STATE_FILE, RUN_FILES } from '#contract/run-directory'
import type { LogprobsOrder } from '#contract/service'
import type { LogprobsSoFar, TokenLogprobs } from '#contract/token-logprobs'
import { promptTextOf } from '../1-tasks/prompts.ts'
import { namedCheckpoints, originCheckpoint, type NamedCheckpoint } from '../checkpoint/checkpoint.ts'
import type { Engine } from '../engines/engine.ts'
import { readJournal } from '../journal/journal.ts'
import { textPieces } from '../tokenizer/text-pieces.ts'
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts'
import { askEngine } from './asked-engine.ts'
import type { KeptEngines } from './kept-engines.ts'
import { modelFolder } from './paths.ts'

interface Listener {
  readonly onProgress: (progress: LogprobsSoFar) => void
  readonly stop: AbortSignal
}

/** null: `stop` was raised before. Throws Failure completion.too-long, and what askEngine does. */
export async function tokenLogprobs(
  order: LogprobsOrder,
  engines: KeptEngines,
  { onProgress, stop }: Listener,
): Promise<TokenLogprobs | null> {
  const { config, runDirectory, rollout, source } = order
  const tokenizer = loadTokenizer(modelFolder(config.model))
  // The completions of a step were written by the weights before it, those of an evaluation by the weights after it.
  const checkpoint = checkpointBefore(runDirectory, source === 'evaluation' ? rollout.step + 1 : rollout.step)
  const promptTokens = tokenizer.encode(promptTextOf(rollout.instruction, tokenizer))
  const { tokens: completionTokens, hasEnd } = tokensOf(order, tokenizer)
  onProgress({ stage: 'opening' })
  const policy = { config, checkpoint: checkpoint && { run: runDirectory, name: checkpoint.directory } }
  const answered = askEngine(engines, policy, async (engine) => {
    // Nobody waits for it any more; the engine stays for the next question.
    if (stop.aborted) return null
    onProgress({ stage: 'reading' })
    const logprobs = await readBy(engine, promptTokens, completionTokens)
    const pieces = textPieces(completionTokens, tokenizer)
    const { name, device, dtype } = engine.info
    return {
      tokens: pieces.map((text, i) => ({ text, logprob: logprobs[i]! })),
      hasEnd,
      checkpoint: checkpoint?.step ?? null,
      promptTokens: promptTokens.length,
      engine: { name, device, dtype },
    }
  })
  return Promise.race([answered, raised(stop)])
}

async function readBy(engine: Engine, promptTokens: number[], completionTokens: number[]): Promise<Float32Array> {
  const [tokens, limit] = [promptTokens.length + completionTokens.length, engine.info.contextLength]
  if (tokens > limit) throw new Failure('completion.too-long', { tokens, limit })
  if (completionTokens.length === 0) return new Float32Array(0)
  const [logprobs] = await engine.logprobs([{ promptTokens, completionTokens }], 'current', 1)
  return logprobs!
}

/** The last one whose weights had not seen the step yet; null: the run began with its model, and none is there. */
export function checkpointBefore(runDirectory: string, step: number): NamedCheckpoint | null {
  const { events } = readJournal(join(runDirectory, RUN_FILES.journal))
  const origin = originCheckpoint(runDirectory)
  const all = [...(origin === null ? [] : [origin]), ...namedCheckpoints(runDirectory, events)]
  const there = all.filter((one) => one.step < step && existsSync(join(runDirectory, one.directory, CHECKPOINT_STATE_FILE)))
  return there.reduce<NamedCheckpoint | null>((last, one) => (last === null || one.step >= last.step ? one : last), null)
}

/** The text as the tokenizer cuts it, and the token that ended it, which is in no text. */
function tokensOf({ config, rollout }: LogprobsOrder, tokenizer: Tokenizer): { tokens: number[]; hasEnd: boolean } {
  const { completion, isTruncated, completionTokens } = rollout
  const tokens = tokenizer.encode(completion)
  const isStopped = config.sampling.stopStrings.some((text) => completion.includes(text))
  const hasEnd = !isTruncated && !isStopped && tokens.length < completionTokens
  return { tokens: hasEnd ? [...tokens, tokenizer.endTokens[0]!] : tokens, hasEnd }
}

function raised(stop: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve(null)
    stop.addEventListener('abort', () => resolve(null), { once: true })
  })
}
