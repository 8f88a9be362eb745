/** `service`: one warm process that answers the workbench until its input ends. Calls in JSON lines on stdin, answers on stdout. */
import { statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Failure } from '#contract/failure'
import type { ServiceAnswer, ServiceApi, ServiceCall, ServiceCancel, ServiceProgress } from '#contract/service'
import type { Split } from '#contract/splits'
import type { Task } from '#contract/task'
import { readWholeDataset, type WholeDataset } from '../1-tasks/read-tasks.ts'
import { weigh } from '../3-scores/weigh.ts'
import { hashSeed } from '../math/random.ts'
import { readGpus } from '../gpu/read-gpus.ts'
import { weighAttack } from '../self-test/attack/weigh-attack.ts'
import { attackOf } from './attack.ts'
import { browseTasks } from './browse-tasks.ts'
import { complete } from './complete.ts'
import { evaluatePolicy } from './evaluate-policy.ts'
import { Judges } from './judges.ts'
import { KeptEngines } from './kept-engines.ts'
import { datasetFile } from './paths.ts'
import { CheckpointLists } from './list-checkpoints.ts'
import { reweigh } from './reweigh.ts'
import { storedEvaluation } from './stored-evaluation.ts'
import { tokenLogprobs } from './token-logprobs.ts'

/** Who asked: hears how far it is, and may end it. */
interface Caller<Progress> {
  readonly onProgress: (progress: Progress) => void
  readonly stop: AbortSignal
}
type Handlers = {
  [M in keyof ServiceApi]: (
    ...args: [...Parameters<ServiceApi[M]>, Caller<M extends keyof ServiceProgress ? ServiceProgress[M] : never>]
  ) => Promise<ReturnType<ServiceApi[M]>>
}

/** Where a person tries one completion the stimulus need not be secret, only always the same. */
const TRIAL_SEED = hashSeed('trial')

export async function service(): Promise<number> {
  // Lines on stdout are answers; whatever a library prints goes to the log.
  console.log = console.error
  const judges = new Judges({ isBehind: false })
  const engines = new KeptEngines()
  const handlers = serviceHandlers(judges, engines)
  const under = new Map<number, { readonly stop: AbortController; readonly answering: Promise<void> }>()
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === '') continue
    const asked = JSON.parse(line) as ServiceCall | ServiceCancel
    if ('cancel' in asked) {
      under.get(asked.cancel)?.stop.abort()
      continue
    }
    const stop = new AbortController()
    const answering = answer(handlers, asked, stop.signal).then(say)
    under.set(asked.id, { stop, answering })
    void answering.finally(() => under.delete(asked.id))
  }
  // Nobody is left who could want what can be ended early.
  for (const { stop } of under.values()) stop.abort()
  await Promise.all([...under.values()].map(({ answering }) => answering))
  await engines.close()
  await judges.close()
  return 0
}

function say(answer: ServiceAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

async function answer(handlers: Handlers, { id, method, args }: ServiceCall, stop: AbortSignal): Promise<ServiceAnswer> {
  try {
    const handler = handlers[method] as (...args: readonly unknown[]) => Promise<unknown>
    const caller: Caller<unknown> = { onProgress: (progress) => say({ id, progress }), stop }
    return { id, result: (await handler(...args, caller)) ?? null }
  } catch (error) {
    if (error instanceof Failure) return { id, failure: { code: error.code, facts: error.facts, message: error.message } }
    console.error(error)
    return { id, failure: { code: null, facts: {}, message: error instanceof Error ? error.message : String(error) } }
  }
}

function serviceHandlers(judges: Judges, engines: KeptEngines): Handlers {
  const datasets = new DatasetCache()
  const checkpoints = new CheckpointLists()
  const taskOf = async (dataset: string, id: string): Promise<Task> => {
    const { tasks, file } = await datasets.read(dataset)
    const task = Object.values(tasks)
      .flat()
      .find((candidate) => candidate.id === id)
    if (task === undefined) throw new Failure('task.unknown', { id, file })
    return task
  }
  return {
    'dataset.read': async (dataset) => {
      const { hash, counts } = await datasets.read(dataset)
      return { hash, counts }
    },
    'tasks.list': async (dataset, split: Split) =>
      (await datasets.read(dataset)).tasks[split].map(({ id, family, difficulty, instruction, moduleName }) => ({
        id,
        split,
        family,
        difficulty,
        instruction,
        moduleName,
      })),
    'tasks.browse': async (dataset) => browseTasks(await datasets.read(dataset)),
    'task.get': taskOf,
    'score.completion': async (dataset, id, completion, judge, isProving) => {
      const scorer = await judges.scorer(judge, dataset)
      return (isProving ? scorer.proving() : scorer).score(completion, await taskOf(dataset, id), TRIAL_SEED)
    },
    // The readers of all layouts are loaded for whoever needs them.
    'dataset.check': async (order, caller) => {
      const testbench = await judges.testbench(order.path)
      return (await import('./dataset-check.ts')).checkDataset(order, { netlist: judges.netlist, testbench }, caller)
    },
    'model.inspect': async (config) => (await import('./inspect-model.ts')).inspectModel(config),
    'checkpoints.list': async (directories) => directories.map((directory) => checkpoints.of(directory)),
    'evaluations.stored': async (runDirectory, step, samples) => storedEvaluation(runDirectory, step, samples),
    'rewards.weigh': async (scores, profile) => weigh(scores, profile),
    'machine.gpus': () => readGpus(),
    'rewards.reweigh': async (order) => reweigh(order),
    // The engine's runtime is not needed, its files are.
    'model.export': async (order) => (await import('./export-model.ts')).exportModel(order),
    complete: async (order, caller) => complete(order, { engines, taskOf }, caller),
    logprobs: async (order, caller) => tokenLogprobs(order, engines, caller),
    'rewards.attack': async (config, taskCount, caller) => attackOf(config, taskCount, judges, caller),
    'rewards.weigh-attack': async (scores, profile) => weighAttack(scores, profile),
    evaluate: async (order) => evaluatePolicy(order, await judges.scorer(order.config.judge, order.config.dataset.id)),
  }
}

/** The last data set read, kept until its file changes. */
class DatasetCache {
  #last: { readonly stamp: string; readonly dataset: Promise<WholeDataset> } | null = null

  read(id: string): Promise<WholeDataset> {
    const file = datasetFile(id)
    const stat = statSync(file, { throwIfNoEntry: false })
    const stamp = `${file} ${stat?.mtimeMs} ${stat?.size}`
    if (this.#last?.stamp !== stamp) this.#last = { stamp, dataset: readWholeDataset(file) }
    return this.#last.dataset
  }
}
