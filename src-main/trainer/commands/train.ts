/** `train <run directory> [--accept-judge]`: the composition root of a run. */
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { Failure } from '#contract/failure'
import type { JournalEvent, RunOutcome } from '#contract/journal'
import type { MemoryReport } from '#contract/model-inspection'
import { runConfigSchema, type RunConfig } from '#contract/run-config'
import { EXIT_CODES, RUN_FILES } from '#contract/run-directory'
import { evaluationTasks, promptOf, splitByLength } from '../1-tasks/prompts.ts'
import { readDataset, type Dataset } from '../1-tasks/read-tasks.ts'
import type { Scorer } from '../3-scores/scorer.ts'
import type { Engine } from '../engines/engine.ts'
import type { Task } from '../flow.ts'
import { cardsOfRun } from '../gpu/cards-of-run.ts'
import { GpuSampler } from '../gpu/gpu-sampler.ts'
import { writeAtomically } from '../journal/atomic-file.ts'
import { isDiskFull, Journal } from '../journal/journal.ts'
import { releaseLock, takeLock } from '../journal/run-lock.ts'
import { runLoop } from '../loop.ts'
import { Heart } from '../loop/heart.ts'
import { RunControl } from '../loop/run-control.ts'
import { prepareRunDirectory } from '../loop/run-files.ts'
import { Stopwatch } from '../loop/stopwatch.ts'
import { familiesOf } from '../recipes/evaluate.ts'
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts'
import { composeEvaluation, composeStages, openEngine } from './composition.ts'
import { refuseRewardThatPaysCheats } from './attack.ts'
import { checkJudge, gradedReasoning, Judges, scorerOf } from './judges.ts'
import { currentConfig, goOnWithLess } from './less-memory.ts'
import { datasetFile, modelFolder } from './paths.ts'
import { probeMemory } from './probe-memory.ts'
import { ReopenableEngine } from './reopenable-engine.ts'
import { refuseTooLarge, roomOf, runReport } from './room-for-run.ts'

/** Exit code of contract/run-directory.ts. */
export async function train(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { 'accept-judge': { type: 'boolean' } },
  })
  const [directory] = positionals
  if (directory === undefined) throw new Failure('arguments.invalid', { problem: 'train needs a run directory.' })
  const startedAt = new Date()
  const config = readConfig(join(directory, RUN_FILES.config))
  const lockFile = join(directory, RUN_FILES.lock)
  const lock = takeLock(lockFile, startedAt)
  try {
    prepareRunDirectory(directory)
    const journal = new Journal(join(directory, RUN_FILES.journal), { now: () => new Date() })
    refuseFinished(directory, journal.earlier)
    try {
      return await perform({
        directory,
        config,
        journal,
        startedAt,
        nonce: lock.nonce,
        isJudgeAccepted: values['accept-judge'] === true,
      })
    } finally {
      journal.close()
    }
  } finally {
    releaseLock(lockFile, lock)
  }
}

interface Start {
  readonly directory: string
  readonly config: RunConfig
  readonly journal: Journal
  readonly startedAt: Date
  readonly nonce: string
  readonly isJudgeAccepted: boolean
}

/** Runs and journals how it ended, whatever happens. */
async function perform(start: Start): Promise<number> {
  const { directory, config, journal, startedAt } = start
  const control = new RunControl(join(directory, RUN_FILES.control), journal, lastReward(config, journal.earlier), startedAt)
  const stopwatch = new Stopwatch(() => performance.now())
  const heart = new Heart(directory, control, stopwatch)
  const onSignal = (): void => control.requestStop()
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    const outcome = await trainInside(start, control, stopwatch, heart)
    return endWithOutcome(journal, control.step, outcome)
  } catch (error) {
    // The engine gives up loading by it.
    if (error === control.stop.signal.reason) return endWithOutcome(journal, control.step, 'stopped')
    return endWithError(journal, control.step, error)
  } finally {
    heart.stop()
    control.close()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

async function trainInside(start: Start, control: RunControl, stopwatch: Stopwatch, heart: Heart): Promise<RunOutcome> {
  const { directory, config, journal, nonce } = start
  // Before the engine: what is wrong with tools or data is said before a model is loaded.
  const judges = new Judges({ isBehind: true })
  let engine: ReopenableEngine | null = null
  let cards: GpuSampler | null = null
  try {
    const scorer = await scorerOf(config, judges)
    const graded = gradedReasoning(config, scorer)
    const dataset = await readDataset(datasetFile(config.dataset.id))
    checkSplits(dataset.tasks)
    checkJudge(dataset.tasks, config.judge)
    const tokenizer = loadTokenizer(modelFolder(config.model))
    const current = currentConfig(config, journal.events)
    const room = await roomOf(config)
    const report = (changed: RunConfig): MemoryReport | null => runReport(changed, dataset.tasks, tokenizer, room)
    refuseTooLarge(report(current), room)
    if (config.attackReward && !hasStarted(journal.earlier)) {
      const attack = { tasks: dataset.tasks.train, scorer: graded, reward: control.reward, stop: control.stop.signal }
      await stopwatch.time('attack', () => refuseRewardThatPaysCheats(config, attack))
    }
    const open = (microbatchSize: number): Promise<Engine> => openEngine({ ...config, microbatchSize }, control.stop.signal)
    const opened = await ReopenableEngine.open(open, current.microbatchSize)
    engine = opened
    const sampler = samplerOf(config, opened)
    cards = sampler
    if (sampler !== null) heart.metrics = () => sampler.newest()
    recordEnvironment(start, engine, scorer)
    const parts = {
      engine,
      tokenizer,
      scorer: graded,
      stopwatch,
      gate: () => control.gate(),
      stop: control.stop.signal,
      reward: () => control.reward,
    }
    const train = fitting(dataset.tasks, 'train', tokenizer, engine)
    const validation = fitting(dataset.tasks, 'validation', tokenizer, engine)
    const tasks = evaluationTasks(validation, config.evaluation.taskCount)
    return await runLoop({
      directory,
      config,
      nonce,
      engine,
      journal,
      control,
      stopwatch,
      stages: composeStages(config, train, parts),
      evaluation: {
        stages: composeEvaluation(config, parts),
        prompts: tasks.map((task) => promptOf(task, tokenizer)),
        knownFamilies: familiesOf(train),
        prefix: 'eval',
        datasetHash: dataset.hash,
      },
      memory: () => ({
        'system/rss': process.memoryUsage.rss() + opened.residentBytes,
        ...(opened.deviceBytes !== null && { 'system/device_memory': opened.deviceBytes }),
        ...sampler?.take(),
      }),
      probeMemory: () => probeMemory({ config, journal, engine: opened, report, contextLength: opened.info.contextLength }),
      saveMemory: (failure) => goOnWithLess({ directory, config, journal, engine: opened, step: control.step, report }, failure),
    })
  } finally {
    cards?.close()
    await judges.close()
    await engine?.close()
  }
}

/** null where no graphics card is at work, or one whose maker has no tool for it (the embedded engine's WebGPU). */
function samplerOf({ engine, torch }: RunConfig, { info }: ReopenableEngine): GpuSampler | null {
  return engine === 'torch' && info.device !== 'cpu' ? new GpuSampler(cardsOfRun(torch)) : null
}

function hasStarted(events: readonly JournalEvent[]): boolean {
  return events.some(({ type }) => type === 'step.finished')
}

function readConfig(file: string): RunConfig {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Failure('config.unreadable', { file, reason: (error as Error).message }, { cause: error })
  }
  const parsed = runConfigSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new Failure('config.invalid', { field: issue.path.join('.'), problem: issue.message, remedy: `Correct ${file}.` })
}

function refuseFinished(directory: string, events: readonly JournalEvent[]): void {
  const isFinished = events.some((event) => event.type === 'run.ended' && event.outcome === 'finished')
  if (isFinished) throw new Failure('run.finished', { run: basename(directory) })
}

/** The profile that a person set last, or the config's. */
function lastReward(config: RunConfig, events: readonly JournalEvent[]): RunConfig['reward'] {
  const change = events.findLast((event) => event.type === 'reward.changed')
  return change?.profile ?? config.reward
}

/** Tasks whose prompt leaves room for an answer; the others are named in the log. Throws Failure dataset.prompts-too-long where none does. */
function fitting(tasks: Dataset['tasks'], split: keyof Dataset['tasks'], tokenizer: Tokenizer, { info }: Engine): Task[] {
  const { fitting, tooLong } = splitByLength(tasks[split], tokenizer, info.contextLength)
  if (fitting.length === 0) throw new Failure('dataset.prompts-too-long', { split, tokens: info.contextLength })
  if (tooLong.length > 0) {
    const names = tooLong.slice(0, 5).map(({ id }) => id)
    console.error(`${tooLong.length} ${split} tasks are left out, their prompts are too long for the model: ${names.join(', ')}`)
  }
  return fitting
}

function checkSplits(tasks: Pick<Dataset['tasks'], 'train' | 'validation'>): void {
  for (const split of ['train', 'validation'] as const) {
    if (tasks[split].length === 0) throw new Failure('dataset.empty-split', { split })
  }
}

/** Writes environment.json; a run that was scored by other tools goes on only when that was accepted, and says so in its journal. */
function recordEnvironment({ directory, journal, isJudgeAccepted, config }: Start, engine: Engine, scorer: Scorer): void {
  const file = join(directory, RUN_FILES.environment)
  const judge = `${config.judge}: ${Object.entries(scorer.tools)
    .map(([tool, version]) => `${tool} ${version}`)
    .join(', ')}; scorer ${scorer.version}`
  const earlier = judgeBefore(file)
  if (earlier !== undefined && earlier !== judge) {
    if (!isJudgeAccepted) throw new Failure('run.changed-judge', { run: basename(directory), before: earlier, now: judge })
    journal.append({ type: 'judge.changed', step: 0, before: earlier, now: judge })
  }
  const environment = {
    judge,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    engine: engine.info,
    seed: config.seed,
  }
  writeAtomically(file, JSON.stringify(environment, null, 2))
}

/** Undefined for a run that begins, and where the file is damaged: it is only evidence and must not keep a run from going on. */
function judgeBefore(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { judge?: string }).judge
  } catch {
    return undefined
  }
}

function endWithOutcome(journal: Journal, step: number, outcome: RunOutcome): number {
  const reason = outcome === 'stopped' && { reason: 'It was asked to stop.' }
  journal.appendEnd({ type: 'run.ended', step, outcome, ...reason })
  return outcome === 'stopped' ? EXIT_CODES.stopped : EXIT_CODES.finished
}

/** Journals the end; the stack goes to the log, the sentence to the person. */
function endWithError(journal: Journal, step: number, error: unknown): number {
  console.error(error)
  const failure = asFailure(error)
  const outcome = failure.exitCode === EXIT_CODES.outOfMemory ? 'out-of-memory' : 'failed'
  try {
    journal.appendEnd({ type: 'run.ended', step, outcome, reason: failure.message, remedy: failure.remedy })
  } catch (second) {
    console.error(second)
  }
  return failure.exitCode
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (isDiskFull(error))
    return new Failure('disk.full', { path: (error as NodeJS.ErrnoException).path ?? 'the run' }, { cause: error })
  const reason = error instanceof Error ? error.message : String(error)
  return new Failure('trainer.unexpected', { reason }, { cause: error })
}
