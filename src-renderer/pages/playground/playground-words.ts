/** What can be asked, and what came of it, in words. */
import type { TaskSummary } from '#contract/api'
import type { ModelList } from '#contract/known-models'
import type { CompletionEnd, ModelChoice, PlaygroundCompletion, PlaygroundSampling } from '#contract/playground'
import { formatDuration } from '../../format/duration.ts'
import { counted, formatTenths, grouped } from '../../format/number.ts'
import { lastPart } from '../../format/path.ts'
import { checkpointKey, modelBehind, parseModelKey } from '../../state/model-key.ts'

export interface ModelOption {
  readonly key: string
  readonly words: string
  readonly isUsable: boolean
}
export interface ModelOptions {
  readonly title: string
  readonly options: readonly ModelOption[]
}

/** Models first, then run by run their checkpoints, newest first. `chosen` is among them even when it is gone. */
export function modelOptions({ models, runs }: ModelList, chosen: string): ModelOptions[] {
  const ofModels = models.map(({ path, inspection }) => ({
    key: path,
    words: path === 'starter' ? 'Starter model' : lastPart(path),
    isUsable: inspection !== null && inspection.problems.length === 0,
  }))
  const ofRuns = runs.map(({ run, name, checkpoints }) => ({
    title: name,
    options: checkpoints.toReversed().map(({ step, isBest, passAt1 }) => ({
      key: checkpointKey(run, step),
      words: `step ${grouped(step)}${isBest ? ` (best, ${formatTenths(passAt1)})` : ''} · ${name}`,
      isUsable: true,
    })),
  }))
  const groups = [{ title: 'Models', options: ofModels }, ...ofRuns]
  if (groups.some(({ options }) => options.some(({ key }) => key === chosen))) return groups
  return [{ title: 'No longer there', options: [{ key: chosen, words: goneWords(chosen), isUsable: true }] }, ...groups]
}

function goneWords(key: string): string {
  const parsed = parseModelKey(key)
  return parsed.kind === 'model' ? lastPart(parsed.path) : `step ${grouped(parsed.step)} · ${parsed.run}`
}

/** What a run began with is asked on the run's own engine, so that nothing but the training differs. */
export function modelChoice(list: ModelList, key: string, other: string): ModelChoice {
  const parsed = parseModelKey(key)
  if (parsed.kind === 'checkpoint') return parsed
  const beside = parseModelKey(other)
  const like = beside.kind === 'checkpoint' && modelBehind(list.runs, other) === key ? beside.run : null
  return { kind: 'model', path: parsed.path, like }
}

/** Few enough to scroll through. */
export const SHOWN_TASKS = 200

export function matchingTasks(tasks: readonly TaskSummary[], search: string): TaskSummary[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return tasks.filter(({ id, moduleName, family, instruction }) => {
    const text = `${id} ${moduleName} ${family} ${instruction}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

const END_WORDS: Readonly<Record<CompletionEnd, string>> = {
  end: 'ended by itself',
  limit: 'cut at the most tokens',
  context: 'cut where the context is full',
  stopped: 'stopped',
}

/** `ended by itself · 142 tokens in 0.3 s, 473 a second · prompt 210 tokens · onnx on cpu, float32` */
export function completionWords({ end, tokenCount, promptTokens, seconds, engine }: PlaygroundCompletion): string {
  const speed = seconds > 0 && tokenCount > 0 ? `, ${grouped(Math.round(tokenCount / seconds))} a second` : ''
  return [
    END_WORDS[end],
    `${counted(tokenCount, 'token')} in ${formatDuration(seconds)}${speed}`,
    `prompt ${counted(promptTokens, 'token')}`,
    `${engine.name} on ${engine.device}, ${engine.dtype}`,
  ].join(' · ')
}

/** What keeps these settings from being used; '' when nothing does. */
export function samplingProblem({ temperature, topP, maxCompletionTokens, seed }: PlaygroundSampling): string {
  if (!(temperature >= 0.01 && temperature <= 5)) return 'The temperature must lie between 0.01 and 5.'
  if (!(topP > 0 && topP <= 1)) return 'Top-p must lie above 0 and be at most 1.'
  if (!(Number.isInteger(maxCompletionTokens) && maxCompletionTokens >= 1 && maxCompletionTokens <= 8192)) {
    return 'Most tokens must be a whole number from 1 to 8192.'
  }
  return Number.isInteger(seed) && seed >= 0 && seed <= 0xffff_ffff ? '' : 'The seed must be a whole number from 0 to 4294967295.'
}
