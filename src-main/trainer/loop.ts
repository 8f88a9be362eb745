/** When things happen in a run: steps, evaluations, checkpoints, pause, stop, resume. What a step is stands in recipes/. */
import type { RunConfig } from '#contract/run-config'
import { isScored } from '#contract/score'
import type { RunOutcome } from '#contract/journal'
import { bestStep } from './checkpoint/best.ts'
import {
  loadCheckpoint,
  namedCheckpoints,
  newestCheckpoint,
  originCheckpoint,
  saveCheckpoint,
  type TrainingState,
} from './checkpoint/checkpoint.ts'
import { removeOldCheckpoints } from './checkpoint/kept.ts'
import type { Engine } from './engines/engine.ts'
import type { Journal } from './journal/journal.ts'
import { spend, spentUntil, usedUp, type Spent } from './loop/budget.ts'
import { readFirstMeasures, writeFirstMeasures } from './loop/first-measures.ts'
import { rolloutRecord, writeRolloutFile } from './loop/run-files.ts'
import { StopRequested, type RunControl } from './loop/run-control.ts'
import type { Stopwatch } from './loop/stopwatch.ts'
import { gainMetrics, type TaskMeasures } from './6-metrics/evaluation-metrics.ts'
import { newWarnings, notFinite } from './6-metrics/health.ts'
import { historyOf } from './6-metrics/run-history.ts'
import { stepMetrics, type Metrics } from './6-metrics/step-metrics.ts'
import { timeMetrics } from './6-metrics/time-metrics.ts'
import { fullEvaluation, quickEvaluation, type EvaluationPlan, type EvaluationStages } from './recipes/evaluate.ts'
import { initialState, type Stages, type StepTrace } from './recipes/stages.ts'
import { takeRecipeStep } from './recipes/take-step.ts'
import type { RecipeState } from './flow.ts'
import { Failure } from '#contract/failure'

export interface Run {
  readonly directory: string
  readonly config: RunConfig
  readonly nonce: string
  readonly engine: Engine
  readonly stages: Stages
  readonly evaluation: EvaluationPlan & { readonly stages: EvaluationStages; readonly datasetHash: string }
  readonly journal: Journal
  readonly control: RunControl
  readonly stopwatch: Stopwatch
  /** What the trainer and its engine hold now. */
  readonly memory: () => Metrics
  /** Tries the largest that the run asks for, before its first step. */
  readonly probeMemory?: () => Promise<void>
  /** Opens the engine again, fresh and with less need of memory. Throws when there is no less to be had. */
  readonly saveMemory: (failure: Failure) => Promise<void>
}

/**
 * Trains from the newest checkpoint, or from the start, to the end or to a stop. Out of memory it begins again with less; where a process of the
 * engine was lost it begins again with those that have come in their place.
 */
export async function runLoop(run: Run): Promise<RunOutcome> {
  let lostAt: number | null = null
  for (let isAgain = false; ; isAgain = true) {
    try {
      return await goOn(run, isAgain)
    } catch (error) {
      if (isOutOfMemory(error)) await run.saveMemory(error)
      else if (isRestarted(error)) lostAt = await goOnWithRestarted(run, error, lostAt)
      else throw error
    }
  }
}

/** The step in which a process was lost. Throws Failure engine.lost-again where the last one was lost in the same step, and what the engine's coming back throws. */
async function goOnWithRestarted(run: Run, { facts }: Failure, lostAt: number | null): Promise<number> {
  const { directory, journal, control, engine } = run
  const { step } = control
  if (step === lostAt) throw new Failure('engine.lost-again', { ...facts, step })
  const toStep = namedCheckpoints(directory, journal.events).at(-1)?.step ?? originOf(run)
  const evidence = `A process of the engine was lost in ${facts.graph}. All of them begin again, after step ${toStep}.`
  journal.append({ type: 'engine.restarted', step, toStep, evidence })
  console.error(evidence)
  await engine.recover!(control.stop.signal)
  return step
}

async function goOn(run: Run, isAgain: boolean): Promise<RunOutcome> {
  const { step: first, recipe } = await begin(run, isAgain)
  let isWhole = true
  let state = recipe ?? initialState(run.config.algorithm)
  let lastSaved = first
  let done = first
  let spent = spentUntil(run.journal.events, first)
  const isLast = (): boolean => done === run.config.steps || usedUp(run.config.budget, spent) !== null
  const save = async (): Promise<void> => {
    run.control.isCheckpointDue = false
    if (done === lastSaved && done > 0) return
    const directory = await run.stopwatch.time('checkpoint', () =>
      saveCheckpoint(run.directory, run.engine, { step: done, recipe: state }),
    )
    run.journal.append({ type: 'checkpoint.saved', step: done, directory })
    lastSaved = done
    removeOldCheckpoints(run.directory, run.journal.events, run.config.checkpoints)
  }
  const evaluateHere = async (): Promise<void> => {
    await evaluate(run, done, isLast())
    const { keepLast, keepBest } = run.config.checkpoints
    // Where not all are kept, the best one must not wait for the step at which one is due.
    if (keepLast > 0 && keepBest && done > 0 && bestStep(run.journal.events) === done) await save()
  }
  try {
    if (run.probeMemory !== undefined) await run.stopwatch.time('probe', run.probeMemory).catch(throwInProbe)
    if ((isEvaluated(run, first) || isLast()) && !hasEvaluation(run, first)) await evaluateHere()
    for (let step = first + 1; !isLast(); step++) {
      run.control.step = step
      const taken = await takeStep(run, step, state, () => (isWhole = false))
      state = taken.state
      spent = spend(spent, taken.metrics)
      done = step
      isWhole = true
      if (run.control.isCheckpointDue || isDue(step, run.config.checkpointEvery)) await save()
      if (isEvaluated(run, step) || isLast()) await evaluateHere()
    }
    tellBudget(run, done, spent)
    await save()
    return 'finished'
  } catch (error) {
    // An engine that still answers, and has not begun to learn from the step under way, has nothing to lose.
    if (isOutOfMemory(error) && isWhole && done > lastSaved) await save().catch(unlessOutOfMemory)
    if (!(error instanceof StopRequested)) throw error
    // The step under way was given up.
    run.control.step = done
    await save()
    return 'stopped'
  }
}

/** Loads the newest checkpoint, or the one that the run was cloned from; answers its state, step 0 for a fresh run. */
async function begin({ directory, journal, engine, nonce, control }: Run, isAgain: boolean): Promise<TrainingState> {
  const checkpoint = newestCheckpoint(directory, journal.events) ?? originCheckpoint(directory)?.directory ?? null
  const state = checkpoint === null ? { step: 0 } : await loadCheckpoint(directory, checkpoint, engine)
  const { step } = state
  control.step = step
  if (journal.events.length === 0) {
    journal.append({ type: 'run.started', nonce, fromStep: step })
    if (checkpoint !== null) journal.append({ type: 'checkpoint.saved', step, directory: checkpoint })
  } else {
    const reached = journal.events.reduce(
      (most, event) => (event.type === 'step.finished' ? Math.max(most, event.step) : most),
      0,
    )
    if (reached > step) journal.append({ type: 'rewound', toStep: step })
    if (!isAgain) journal.append({ type: 'run.resumed', nonce, fromStep: step })
  }
  return state
}

async function takeStep(
  run: Run,
  step: number,
  state: RecipeState,
  onUpdate: () => void,
): Promise<{ metrics: Metrics; state: RecipeState }> {
  const { stopwatch, journal } = run
  const stages: Stages = {
    ...run.stages,
    update: (minibatch, objective) => {
      onUpdate()
      return run.stages.update(minibatch, objective)
    },
  }
  await stopwatch.time('paused', () => run.control.gate())
  const { 'timing_s/checkpoint': saving } = stopwatch.take()
  const started = performance.now()
  const trace = await takeRecipeStep(stages, step, state).catch((error: unknown) => throwInStep(step, error))
  const { rolloutFile, measured } = stopwatch.timeSync('journal', () => ({
    rolloutFile: writeRolloutFile(run.directory, 'step', step, recordsOf(trace)),
    measured: stepMetrics(trace),
  }))
  const metrics = {
    ...measured,
    ...timeMetrics(stopwatch.take(), (performance.now() - started) / 1000),
    ...(saving !== undefined && { 'timing_s/checkpoint': saving }),
    ...run.memory(),
  }
  const broken = notFinite(metrics)
  if (broken.length > 0) throw new Failure('training.not-finite', { step, where: broken.join(', ') })
  journal.append({ type: 'step.finished', step, metrics, rolloutFile })
  const disputed = disputedTasks(trace)
  if (disputed.length > 0) {
    journal.append({ type: 'judge.disagreed', step, count: disputed.length, taskIds: [...new Set(disputed)] })
  }
  warn(run, step)
  return { metrics, state: trace.state }
}

/** Read from the journal alone: a run that was paused or killed after its checkpoint has said it, and goes on. */
function warn({ journal, control, config }: Run, step: number): void {
  const warnings = newWarnings(historyOf(journal.events))
  for (const warning of warnings) journal.append({ type: 'health.warned', step, ...warning })
  const alerts = warnings.flatMap(({ code, isSevere }) => (isSevere ? [code] : []))
  // After the last step there is nothing left to hold back.
  if (alerts.length > 0 && config.onAlert === 'pause' && step < config.steps) control.pauseFor(alerts)
}

/** What did not fit while it was tried what fits is no shortage of a step. */
function throwInProbe(error: unknown): never {
  throw isOutOfMemory(error) ? new Failure(error.code, { ...error.facts, isInProbe: 1 }, { cause: error }) : error
}

/** An engine that finds a gradient without an end does not know the step. */
function throwInStep(step: number, error: unknown): never {
  if (!(error instanceof Failure) || error.code !== 'training.not-finite') throw error
  throw new Failure('training.not-finite', { ...error.facts, step }, { cause: error })
}

/** Task of each rollout on which two judges disagreed. */
function disputedTasks({ groups }: StepTrace): string[] {
  return groups.flatMap(({ prompt, rollouts }) =>
    rollouts.flatMap(({ report: { scores } }) =>
      isScored(scores.functional) && scores.functional.outcome === 'judges-disagree' ? [prompt.task.id] : [],
    ),
  )
}

function recordsOf(trace: StepTrace): ReturnType<typeof rolloutRecord>[] {
  let index = 0
  return trace.groups.flatMap(({ rollouts }, group) =>
    rollouts.map((weighed, i) =>
      rolloutRecord(weighed, { step: trace.step, index: index++, group, advantage: trace.advantages[group]![i]! }),
    ),
  )
}

/** Full before the run's first and after its last step, quick between them. */
async function evaluate(run: Run, step: number, isLast: boolean): Promise<void> {
  const { config, evaluation, stopwatch } = run
  await stopwatch.time('paused', () => run.control.gate())
  const isFirst = step === originOf(run)
  const isFull = isFirst || isLast
  const started = performance.now()
  const { groups, metrics, measures } = await stopwatch.time('evaluation', () =>
    isFull
      ? fullEvaluation(evaluation.stages, evaluation, config.evaluation.samples)
      : quickEvaluation(evaluation.stages, evaluation),
  )
  // A generation that was stopped half-way is no evaluation.
  await run.control.gate()
  const records = groups.flatMap(({ rollouts }, group) =>
    rollouts.map((scored, i) => rolloutRecord(scored, { step, index: group * rollouts.length + i, group, advantage: 0 })),
  )
  writeRolloutFile(run.directory, 'eval', step, records)
  if (isFirst) writeFirstMeasures(run.directory, measures)
  const gain = isFull && !isFirst ? gainSince(run, measures) : {}
  run.journal.append({
    type: 'eval.finished',
    step,
    split: 'validation',
    datasetHash: evaluation.datasetHash,
    metrics: { ...metrics, ...gain, 'timing_s/evaluation': (performance.now() - started) / 1000 },
  })
}

/** Paired with the evaluation before the first step. */
function gainSince({ directory, evaluation }: Run, after: readonly TaskMeasures[]): Metrics {
  const before = readFirstMeasures(directory)
  return before === null ? {} : gainMetrics(before, after, evaluation.knownFamilies, evaluation.prefix)
}

function isOutOfMemory(error: unknown): error is Failure {
  return error instanceof Failure && error.code === 'memory.exhausted'
}

function isRestarted(error: unknown): error is Failure {
  return error instanceof Failure && error.code === 'engine.restarted'
}

/** The engine's process may be gone: then the checkpoint before stands. */
function unlessOutOfMemory(error: unknown): void {
  if (!isOutOfMemory(error)) throw error
}

/** 0, or the step that a cloned run began after. */
function originOf({ directory }: Run): number {
  return originCheckpoint(directory)?.step ?? 0
}

function isEvaluated(run: Run, step: number): boolean {
  return step === originOf(run) || isDue(step, run.config.evaluation.every)
}

/** Once, although a kill may have come between the last step and the end. */
function tellBudget({ config, journal }: Run, step: number, spent: Spent): void {
  const reached = usedUp(config.budget, spent)
  const isTold = journal.events.some((event) => event.type === 'budget.used-up' && event.step === step)
  if (reached !== null && step < config.steps && !isTold) journal.append({ type: 'budget.used-up', step, ...reached })
}

/** A resumed run does not repeat the evaluation that stands at its step, and makes up for one that a kill cut off. */
function hasEvaluation({ journal }: Run, step: number): boolean {
  // One of a step that was made again later is forgotten by whoever reads the journal.
  const rewound = journal.events.findLastIndex((event) => event.type === 'rewound' && event.toStep < step)
  return journal.events.slice(rewound + 1).some((event) => event.type === 'eval.finished' && event.step === step)
}

function isDue(step: number, every: number): boolean {
  return every > 0 && step % every === 0
}
