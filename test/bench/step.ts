/**
 * `npm run bench step`: what scoring adds to a step of the preset Starter GRPO. The same step, three ways in turn: every score from the cache, by the
 * embedded judge, by the native one. The weights stay as they are, so that all make the same completions; each step has tasks of its own, which no
 * judge has prepared. Ratios are of steps that followed each other: on a machine with other work they hold, seconds do not.
 */
import { readDataset } from '#trainer/1-tasks/read-tasks'
import { createScorer, type Scorer } from '#trainer/3-scores/scorer'
import { startSimulation, type Simulation } from '#trainer/3-scores/simulation'
import { composeStages, openEngine } from '#trainer/commands/composition'
import { datasetFile, modelFolder } from '#trainer/commands/paths'
import type { Engine } from '#trainer/engines/engine'
import { Stopwatch } from '#trainer/loop/stopwatch'
import { hashSeed } from '#trainer/math/random'
import { initialState, type Stages, type StepTrace } from '#trainer/recipes/stages'
import { takeRecipeStep } from '#trainer/recipes/take-step'
import { loadTokenizer } from '#trainer/tokenizer/tokenizer'
import { processorSeconds, watchPeakMemory } from '#test/support/process-tree'
import { aConfig } from '#test/support/run-builders'
import { middle, type Measured } from './measured.ts'

const PAIRS = 10
const WARM_UPS = 2
const STAGES = ['rollouts', 'scores', 'advantages', 'update'] as const
const config = aConfig()

/** One way to take a step; `salt` keeps its stimuli, and with them its scores, apart from those of the others. */
interface Way {
  readonly name: string
  readonly scorer: Scorer
  readonly salt: string
}

interface Taken {
  readonly seconds: number
  /** Processor time of all processes. */
  readonly work: number
  readonly stages: Readonly<Record<string, number>>
  readonly completions: string
}

export async function measureStep(): Promise<Measured[]> {
  const simulation = await nativeSimulation()
  const scorer = createScorer({ isBehind: true })
  const cached = { name: 'scores from the cache', scorer, salt: 'known' }
  const judged = [
    { name: 'embedded judge', scorer, salt: 'embedded' },
    ...(simulation === null ? [] : [{ name: 'native judge', scorer: scorer.judgedBy('testbench', simulation), salt: 'native' }]),
  ]
  const engine = await openEngine(config)
  const take = await stepTaker(engine)
  const peakMemory = watchPeakMemory()
  const taken = new Map<string, Taken[]>([cached, ...judged].map(({ name }) => [name, []]))
  for (let i = 1; i <= WARM_UPS; i++) for (const way of judged) await take(way, i)
  for (let i = 0; i < PAIRS; i++) {
    const step = WARM_UPS + 1 + i
    const first = await take(cached, step)
    for (const way of turned([cached, ...judged], i)) {
      const one = await take(way, step)
      if (one.completions !== first.completions) throw new Error(`${way.name}: other completions than from the cache`)
      taken.get(way.name)!.push(one)
    }
  }
  const peak = peakMemory()
  await engine.close()
  await scorer.close()
  await simulation?.close()
  const known = taken.get(cached.name)!
  return [
    ...[cached, ...judged].map(({ name }) => secondsRow(name, taken.get(name)!)),
    ...judged.map(({ name }) => ratioRow(name, taken.get(name)!, known)),
    ...(peak === null
      ? []
      : [{ what: 'Memory of a step', value: peak / 1e9, unit: 'GB', how: 'all processes together, at most' }]),
  ]
}

async function nativeSimulation(): Promise<Simulation | null> {
  try {
    return await startSimulation({ environment: process.env, isUnboxedAllowed: false, isBehind: true })
  } catch (error) {
    console.log(`Left out: steps with the native judge. ${(error as Error).message}`)
    return null
  }
}

async function stepTaker(engine: Engine): Promise<(way: Way, step: number) => Promise<Taken>> {
  const { tasks } = await readDataset(datasetFile(config.dataset.id))
  const tokenizer = loadTokenizer(modelFolder(config.model))
  return async ({ scorer, salt }, step) => {
    const stopwatch = new Stopwatch(() => performance.now())
    const stages = composeStages(config, tasks.train, {
      engine,
      tokenizer,
      stopwatch,
      scorer: { score: (text, task, seed) => scorer.score(text, task, hashSeed(seed, salt)) },
      gate: () => Promise.resolve(),
      stop: new AbortController().signal,
      reward: () => config.reward,
    })
    const still: Stages = {
      ...stages,
      update: (minibatch, objective) => stages.update(minibatch, { ...objective, learningRate: 0 }),
    }
    const [start, workBefore] = [performance.now(), processorSeconds()]
    const trace = await takeRecipeStep(still, step, initialState(config.algorithm))
    const [seconds, work] = [(performance.now() - start) / 1000, processorSeconds() - workBefore]
    return { seconds, work, stages: stopwatch.take(), completions: completionsOf(trace) }
  }
}

function completionsOf({ groups }: StepTrace): string {
  return JSON.stringify(groups.flatMap(({ rollouts }) => rollouts.map(({ rollout }) => rollout.completion.tokens)))
}

/** Each way comes as often first, second and last as the others, or nearly so. */
function turned<T>(ways: readonly T[], by: number): T[] {
  return ways.map((_, i) => ways[(i + by) % ways.length]!)
}

function secondsRow(name: string, taken: readonly Taken[]): Measured {
  const stages = STAGES.map((stage) => {
    const seconds = middle(taken.map((one) => one.stages[`timing_s/${stage}`] ?? 0))
    return `${stage} ${seconds.toFixed(2)}`
  })
  const rollouts = config.promptsPerStep * config.groupSize
  return {
    what: `Step, ${name}`,
    value: middle(taken.map(({ seconds }) => seconds)),
    unit: 's',
    how: `GRPO, ${rollouts} rollouts, median of ${PAIRS}: ${stages.join(', ')}; processor time ${middle(taken.map(({ work }) => work)).toFixed(1)} s`,
  }
}

function ratioRow(name: string, taken: readonly Taken[], known: readonly Taken[]): Measured {
  const ratios = taken.map(({ seconds }, i) => seconds / known[i]!.seconds)
  const ends = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2)).join(' to ')
  const work = middle(taken.map((one, i) => one.work / known[i]!.work)).toFixed(2)
  return {
    what: `Step, ${name}, ratio`,
    value: middle(ratios),
    unit: '',
    how: `to the same step from the cache, median of ${PAIRS} (${ends}); of processor time ${work}`,
  }
}
