/**
 * The experiments of this workbench. Where one stands is derived from its runs and from the files in its folder, and every act of a driver can be
 * repeated: it may be killed at any time, and two drivers make the same runs.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { ErrorRecord, RunStatus, RunSummary } from '#contract/api'
import type { EvaluationReport } from '#contract/evaluation'
import {
  TESTED_CHECKPOINTS,
  type ExperimentArm,
  type ExperimentPhase,
  type ExperimentPlan,
  type ExperimentRun,
  type ExperimentState,
} from '#contract/experiment'
import { Failure } from '#contract/failure'
import type { RunConfig } from '#contract/run-config'
import type { EvaluationOrder } from '#contract/service'
import { curvesDrawing, curvesTable, type Curve } from './curves.ts'
import {
  createExperimentFolder,
  listExperimentIds,
  readEvaluation,
  readPlan,
  readReport,
  writeEvaluation,
  writeReport,
  type Tested,
} from './experiment-folder.ts'
import { plannedConfig, plannedRuns, refuseUnequalArms, type PlannedRun } from './planned-runs.ts'
import { experimentReport, type MeasuredArm } from './report.ts'
import { reportText } from './report-text.ts'

/** What an experiment needs of the rooms around it. */
export interface ExperimentPorts {
  readonly folder: string
  readonly now: () => Date
  /** The settings of an arm, checked. */
  readonly configOf: (arm: ExperimentArm) => Promise<RunConfig>
  readonly runs: () => Promise<readonly RunSummary[]>
  readonly runDirectory: (run: string) => string
  readonly createRun: (config: RunConfig, id: string) => Promise<void>
  readonly resumeRun: (run: string) => Promise<void>
  /** How often the run was resumed. */
  readonly resumeCount: (run: string) => Promise<number>
  /** Points of a metric of a run, as the store has them. */
  readonly metric: (
    run: string,
    key: string,
  ) => Promise<{ readonly steps: readonly number[]; readonly values: readonly number[] }>
  readonly evaluate: (order: EvaluationOrder) => Promise<EvaluationReport>
  readonly errorRecord: (error: unknown) => ErrorRecord
}

const LOOK_MS = 1_000
/** A run that crashes is resumed so often, then a person is needed. */
const RESUMES = 3
const ENDED: readonly RunStatus[] = ['stopped', 'failed', 'out-of-memory', 'crashed']

interface Driver {
  readonly stop: AbortController
  readonly done: Promise<void>
}

export class Experiments {
  readonly #ports: ExperimentPorts
  readonly #drivers = new Map<string, Driver>()
  readonly #problems = new Map<string, ErrorRecord>()

  constructor(ports: ExperimentPorts) {
    this.#ports = ports
  }

  /** Makes the experiment and works on it; one whose act is given is made once. Throws Failure config.invalid, preset.unknown. */
  async start(plan: ExperimentPlan, once?: string): Promise<string> {
    refuseUnequalArms(await Promise.all(plan.arms.map((arm) => this.#ports.configOf(arm))))
    const made = listExperimentIds(this.#ports.folder).find((id) => once !== undefined && id.endsWith(`-${once}`))
    if (made !== undefined) {
      await this.resume(made)
      return made
    }
    const id = `${timeInId(this.#ports.now())}-${plan.name}-${once ?? randomBytes(2).toString('hex')}`
    createExperimentFolder(this.#ports.folder, id, plan)
    this.#drive(id, plan)
    return id
  }

  /** Goes on with it, resuming what was stopped or failed. Nothing where it is finished or under way. Throws Failure experiment.missing. */
  async resume(id: string): Promise<void> {
    const plan = readPlan(this.#ports.folder, id)
    if (this.#drivers.has(id) || readReport(this.#folderOf(id)) !== null) return
    for (const { run, status } of await this.#runsOf(id, plan)) {
      if (ENDED.includes(status as RunStatus)) await this.#ports.resumeRun(run)
    }
    this.#drive(id, plan)
  }

  list(): Promise<ExperimentState[]> {
    return Promise.all(listExperimentIds(this.#ports.folder).map((id) => this.get(id)))
  }

  /** Throws Failure experiment.missing. */
  async get(id: string): Promise<ExperimentState> {
    const plan = readPlan(this.#ports.folder, id)
    const folder = this.#folderOf(id)
    const runs = await this.#runsOf(id, plan)
    const report = readReport(folder)
    const all = testedOf(plannedRuns(id, plan))
    const done = all.flatMap((tested) => readEvaluation(folder, tested) ?? [])
    const seconds = done.reduce((sum, evaluation) => sum + evaluation.seconds, 0)
    const isDriven = this.#drivers.has(id)
    const problem = this.#problems.get(id) ?? null
    const phase: ExperimentPhase =
      report !== null
        ? 'finished'
        : problem !== null
          ? 'interrupted'
          : runs.every(({ status }) => status === 'finished')
            ? 'testing'
            : 'training'
    const tested = { done: done.length, total: all.length, seconds }
    return { id, plan, startedAt: timeOfId(id), phase, isDriven, problem, runs, tested, report, folder }
  }

  /** The experiment whose plan has made the run; null where none has. */
  ofRun(run: string): string | null {
    // Its id is the beginning of theirs; a plan that cannot be read must not hide a run.
    return listExperimentIds(this.#ports.folder).find((id) => run.startsWith(`${id}-`)) ?? null
  }

  async close(): Promise<void> {
    for (const { stop } of this.#drivers.values()) stop.abort()
    await Promise.all([...this.#drivers.values()].map(({ done }) => done))
  }

  #folderOf(id: string): string {
    return join(this.#ports.folder, id)
  }

  #drive(id: string, plan: ExperimentPlan): void {
    this.#problems.delete(id)
    const stop = new AbortController()
    const done = this.#work(id, plan, stop.signal)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) this.#problems.set(id, this.#ports.errorRecord(error))
      })
      .finally(() => this.#drivers.delete(id))
    this.#drivers.set(id, { stop, done })
  }

  async #work(id: string, plan: ExperimentPlan, signal: AbortSignal): Promise<void> {
    for (;;) {
      const runs = await this.#runsOf(id, plan)
      await this.#makeRuns(id, plan, runs)
      await this.#mendRuns(runs)
      if (runs.every(({ status }) => status === 'finished')) break
      await wait(LOOK_MS, undefined, { signal })
    }
    for (const tested of testedOf(plannedRuns(id, plan))) {
      signal.throwIfAborted()
      await this.#test(id, plan, tested, signal)
    }
    await this.#report(id, plan)
  }

  async #runsOf(id: string, plan: ExperimentPlan): Promise<ExperimentRun[]> {
    const known = new Map((await this.#ports.runs()).map((run) => [run.id, run]))
    return Promise.all(
      plannedRuns(id, plan).map(async ({ id: run, arm, seed }) => {
        const summary = known.get(run)
        if (summary === undefined) return { arm: arm.name, seed, run, status: 'waiting', step: 0, steps: 0, seconds: 0 } as const
        const { status, step, steps } = summary
        return { arm: arm.name, seed, run, status, step, steps, seconds: await this.#sum(run, ['timing_s/step']) }
      }),
    )
  }

  async #makeRuns(id: string, plan: ExperimentPlan, runs: readonly ExperimentRun[]): Promise<void> {
    for (const planned of plannedRuns(id, plan)) {
      if (runs.find(({ run }) => run === planned.id)!.status !== 'waiting') continue
      const leaders = runs.filter(({ arm }) => arm === planned.arm.asLongAs)
      if (leaders.some(({ status }) => status !== 'finished')) continue
      const seconds = leaders.length === 0 ? null : leaders.reduce((sum, run) => sum + run.seconds, 0) / leaders.length
      const config = plannedConfig(await this.#ports.configOf(planned.arm), plan, planned, seconds)
      await this.#ports.createRun(config, planned.id)
    }
  }

  /** Throws Failure experiment.waits for a run that a person must look at. */
  async #mendRuns(runs: readonly ExperimentRun[]): Promise<void> {
    for (const { run, status } of runs) {
      if (!ENDED.includes(status as RunStatus)) continue
      if (status !== 'crashed' || (await this.#ports.resumeCount(run)) >= RESUMES) {
        throw new Failure('experiment.waits', { run, status })
      }
      await this.#ports.resumeRun(run)
    }
  }

  async #test(id: string, plan: ExperimentPlan, tested: Tested, signal: AbortSignal): Promise<void> {
    const folder = this.#folderOf(id)
    if (readEvaluation(folder, tested) !== null) return
    const { run, checkpoint } = tested
    const planned = plannedRuns(id, plan).find((one) => one.id === run)
    const config = await this.#ports.configOf(planned?.arm ?? plan.arms[0]!)
    const { taskCount, samples, draws, seed } = plan.evaluation
    const order = {
      config: { ...config, seed, evaluation: { every: 0, taskCount, samples } },
      run: run === null ? null : { directory: this.#ports.runDirectory(run), checkpoint: checkpoint! },
      split: 'test',
      base: null,
      draws,
    } as const
    // Whoever closes the workbench does not wait for an evaluation, which is made again.
    writeEvaluation(folder, tested, await Promise.race([this.#ports.evaluate(order), abortOf(signal)]))
  }

  async #report(id: string, plan: ExperimentPlan): Promise<void> {
    const folder = this.#folderOf(id)
    const runs = plannedRuns(id, plan)
    const spent = await Promise.all(runs.map(({ id: run }) => this.#spent(run)))
    const arms = plan.arms.flatMap((arm) =>
      TESTED_CHECKPOINTS.map((checkpoint): MeasuredArm => {
        const own = runs.filter((run) => run.arm === arm)
        const evaluations = own.map(({ id: run }) => readEvaluation(folder, { run, checkpoint })!)
        return { arm, checkpoint, evaluations, spent: own.map((run) => spent[runs.indexOf(run)]!) }
      }),
    )
    const report = experimentReport({ base: readEvaluation(folder, { run: null, checkpoint: null })!, arms })
    const curves = await Promise.all(runs.map((run) => this.#curve(run)))
    writeReport(folder, report, {
      'report.md': reportText(plan, report),
      'curves.csv': curvesTable(curves),
      'curves.svg': curvesDrawing(plan, curves),
    })
  }

  async #curve({ id, arm, seed }: PlannedRun): Promise<Curve> {
    const { steps, values } = await this.#ports.metric(id, 'eval/pass@1')
    const seconds = await this.#ports.metric(id, 'timing_s/step')
    const until = (step: number): number =>
      seconds.values.reduce((sum, value, i) => (seconds.steps[i]! <= step ? sum + value : sum), 0)
    return { arm: arm.name, seed, points: steps.map((step, i) => ({ step, seconds: until(step), value: values[i]! })) }
  }

  async #spent(run: string): Promise<MeasuredArm['spent'][number]> {
    return {
      rollouts: await this.#sum(run, ['train/completions/count']),
      tokens: await this.#sum(run, ['train/completions/tokens', 'train/supervised_tokens']),
      seconds: await this.#sum(run, ['timing_s/step']),
    }
  }

  async #sum(run: string, keys: readonly string[]): Promise<number> {
    const columns = await Promise.all(keys.map((key) => this.#ports.metric(run, key)))
    return columns.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0)
  }
}

/** `20261127-154744`, UTC. */
function timeInId(time: Date): string {
  return time.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
}

function timeOfId(id: string): string | null {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(id) ?? []
  return second === undefined ? null : `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
}

/** The base model, then each run's newest and best checkpoint. */
function testedOf(runs: readonly PlannedRun[]): Tested[] {
  const ofRuns = runs.flatMap(({ id: run }) => TESTED_CHECKPOINTS.map((checkpoint) => ({ run, checkpoint })))
  return [{ run: null, checkpoint: null }, ...ofRuns]
}
