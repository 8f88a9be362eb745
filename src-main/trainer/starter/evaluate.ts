/** What the starter can do on tasks it has not seen, with the trainer's own decoder and scorer. */
import { isScored } from '#contract/score'
import type { Task } from '#contract/task'
import { createScorer, type Scorer } from '../3-scores/scorer.ts'
import type { Engine, Sampling } from '../engines/engine.ts'
import { hashSeed } from '../math/random.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'

const SAMPLES = 8
const TEMPERATURES = [1, 0.2] as const
const MAX_COMPLETION_TOKENS = 160
/** Prompts in the decoder at once. */
const PROMPTS_AT_ONCE = 16

/** Rates 0..1 over all samples; pass@8 over tasks. */
export interface TemperatureEvaluation {
  readonly temperature: number
  readonly taskCount: number
  readonly samplesPerTask: number
  readonly compileRate: number
  readonly passAt1: number
  readonly passAt8: number
  readonly reasoning: number
  readonly passAt1ByFamily: Readonly<Record<string, number>>
}
export type Evaluation = readonly TemperatureEvaluation[]

interface Outcome {
  readonly family: string
  readonly compiles: readonly number[]
  readonly passes: readonly number[]
  readonly reasoning: readonly number[]
}

export async function evaluate(engine: Engine, tokenizer: Tokenizer, tasks: readonly Task[], seed: number): Promise<Evaluation> {
  const scorer = createScorer()
  try {
    const evaluation: TemperatureEvaluation[] = []
    for (const temperature of TEMPERATURES) {
      evaluation.push(summary(temperature, await outcomes(engine, tokenizer, scorer, tasks, seed, temperature)))
    }
    return evaluation
  } finally {
    await scorer.close()
  }
}

async function outcomes(
  engine: Engine,
  tokenizer: Tokenizer,
  scorer: Scorer,
  tasks: readonly Task[],
  seed: number,
  temperature: number,
): Promise<Outcome[]> {
  const all: Outcome[] = []
  for (let start = 0; start < tasks.length; start += PROMPTS_AT_ONCE) {
    const chosen = tasks.slice(start, start + PROMPTS_AT_ONCE)
    const completions = await complete(engine, tokenizer, chosen, seed, temperature)
    all.push(...(await Promise.all(chosen.map((task, i) => outcomeOf(scorer, task, completions[i]!, seed)))))
  }
  return all
}

/** [tasks][SAMPLES] texts. */
async function complete(
  engine: Engine,
  tokenizer: Tokenizer,
  tasks: readonly Task[],
  seed: number,
  temperature: number,
): Promise<string[][]> {
  const requests = tasks.map(({ id, instruction }) => ({
    prompt: tokenizer.encode(tokenizer.applyChatTemplate([{ role: 'user', content: instruction }])),
    seeds: Array.from({ length: SAMPLES }, (_, i) => hashSeed(seed, 'starter evaluation', id, i)),
  }))
  const sampling: Sampling = {
    temperature,
    topP: 1,
    topK: 0,
    maxCompletionTokens: MAX_COMPLETION_TOKENS,
    endTokens: tokenizer.endTokens,
  }
  const tokens = tasks.map(() => Array.from({ length: SAMPLES }, (): number[] => []))
  await engine.generate(
    requests,
    sampling,
    'current',
    (event) => tokens[event.request]![event.index]!.push(...event.tokens),
    new AbortController().signal,
  )
  return tokens.map((samples) => samples.map((sample) => tokenizer.decode(sample)))
}

async function outcomeOf(scorer: Scorer, task: Task, completions: readonly string[], seed: number): Promise<Outcome> {
  const reports = await Promise.all(
    completions.map((completion) => scorer.score(completion, task, hashSeed(seed, 'starter evaluation', task.id))),
  )
  const scores = reports.map((report) => report.scores)
  return {
    family: task.family,
    compiles: scores.map(({ compilation }) => (isScored(compilation) && compilation.outcome === 'passed' ? 1 : 0)),
    passes: scores.map(({ functional }) => (isScored(functional) && functional.outcome === 'passed' ? 1 : 0)),
    reasoning: scores.map(({ reasoning }) => (isScored(reasoning) ? reasoning.value : 0)),
  }
}

function summary(temperature: number, all: readonly Outcome[]): TemperatureEvaluation {
  const families = [...new Set(all.map(({ family }) => family))]
  const passRate = (some: readonly Outcome[]): number => mean(some.flatMap(({ passes }) => passes))
  return {
    temperature,
    taskCount: all.length,
    samplesPerTask: SAMPLES,
    compileRate: mean(all.flatMap(({ compiles }) => compiles)),
    passAt1: passRate(all),
    passAt8: mean(all.map(({ passes }) => (passes.includes(1) ? 1 : 0))),
    reasoning: mean(all.flatMap(({ reasoning }) => reasoning)),
    passAt1ByFamily: Object.fromEntries(families.map((name) => [name, passRate(all.filter(({ family }) => family === name))])),
  }
}

/** Rounded to four digits. */
function mean(values: readonly number[]): number {
  return Math.round((values.reduce((sum, value) => sum + value, 0) / values.length) * 1e4) / 1e4
}
