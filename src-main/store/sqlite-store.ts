/** The store over one open database. Lives in the worker thread; tests and benches may use it directly. */
import type Database from 'better-sqlite3'
import type { HistoryColumn, MetricColumn, RunHistory } from '#contract/api'
import type { JournalEvent } from '#contract/journal'
import type { FoundRollouts, RolloutKind } from '#contract/rollout-kinds'
import type { TaskStep } from '#contract/same-task'
import { EventTable } from './events.ts'
import { findInSteps } from './found-rollouts.ts'
import { MetricTable, stepsPerPointOf } from './metrics.ts'
import type { DrawnTask, JournalPart, NewRun, RolloutRow, RunFigures, StoredRun } from './records.ts'
import { RolloutTable } from './rollouts.ts'
import { RunTable } from './runs.ts'

export class SqliteStore {
  readonly #database: Database.Database
  readonly #runs: RunTable
  readonly #events: EventTable
  readonly #metrics: MetricTable
  readonly #rollouts: RolloutTable

  constructor(database: Database.Database) {
    this.#database = database
    this.#runs = new RunTable(database)
    this.#events = new EventTable(database)
    this.#metrics = new MetricTable(database)
    this.#rollouts = new RolloutTable(database)
  }

  /** A run that is already there stays as it is. */
  addRun(run: NewRun): void {
    this.#runs.add(run)
  }

  run(id: string): StoredRun | null {
    return this.#runs.get(id)
  }

  /** Newest first. */
  runs(): StoredRun[] {
    return this.#runs.list()
  }

  removeRun(id: string): void {
    this.#runs.remove(id)
  }

  /** Numbers of a run's row in a list: made when they are first asked for, kept until the journal says more. */
  figures(runId: string): RunFigures {
    const known = this.#runs.figures(runId)
    if (known !== null) return known
    const made = this.#metrics.figures(runId, this.#runs.get(runId)?.step ?? 0)
    this.#runs.keepFigures(runId, made)
    return made
  }

  /** The same of every run that is there. */
  allFigures(): ReadonlyMap<string, RunFigures> {
    return new Map(this.#runs.allFigures().map(([id, known]) => [id, known ?? this.figures(id)]))
  }

  /**
   * Takes a part of a run's journal in, in one transaction. Events that are already there are passed over, so that several workbench processes
   * may take in the same journal. Answers the number of new events.
   */
  ingest(runId: string, { events, endByte, rollouts }: JournalPart): number {
    return this.#database
      .transaction(() => {
        const run = this.#runs.get(runId)
        if (run === null) return 0
        const fresh = events.filter(({ seq }) => seq > run.lastSeq)
        for (const event of fresh) this.#take(runId, event, rollouts)
        this.#metrics.take(runId, fresh, run.step)
        this.#runs.advance(runId, fresh, endByte)
        return fresh.length
      })
      .immediate()
  }

  events(runId: string, afterSeq: number, limit = Infinity): JournalEvent[] {
    return this.#events.after(runId, afterSeq, limit)
  }

  rewinds(runId: string): { seq: number; toStep: number }[] {
    return this.#events.rewinds(runId)
  }

  metrics(runId: string, keys: readonly string[], maxPoints: number): MetricColumn[] {
    return this.#metrics.columns(runId, keys, maxPoints)
  }

  /** Steps `first` to `last` in at most maxPoints points a column. */
  stretch(runId: string, keys: readonly string[], first: number, last: number, maxPoints: number): HistoryColumn[] {
    return this.#metrics.stretch(runId, keys, first, last, Math.max(1, Math.ceil((last - first + 1) / maxPoints)))
  }

  /** The run so far in at most maxPoints points a column. */
  history(runId: string, keys: readonly string[], maxPoints: number): RunHistory {
    const { lastSeq = 0, step = 0 } = this.#runs.get(runId) ?? {}
    const stepsPerPoint = stepsPerPointOf(step + 1, maxPoints)
    return {
      lastSeq,
      step,
      stepsPerPoint,
      landmarks: this.#events.landmarks(runId),
      columns: this.#metrics.history(runId, keys, stepsPerPoint),
    }
  }

  /** Columns of several runs in points of the same steps, so that they can be averaged: each the mean of its stretch, at most maxPoints of them. */
  together(runIds: readonly string[], keys: readonly string[], maxPoints: number): Record<string, MetricColumn[]> {
    const longest = Math.max(0, ...runIds.map((id) => this.#runs.get(id)?.step ?? 0))
    const stepsPerPoint = stepsPerPointOf(longest + 1, maxPoints)
    return Object.fromEntries(runIds.map((id) => [id, this.#metrics.history(id, keys, stepsPerPoint).map(meansOf)]))
  }

  /** The same of steps `first` to `last` alone. */
  stretchTogether(
    runIds: readonly string[],
    keys: readonly string[],
    first: number,
    last: number,
    maxPoints: number,
  ): Record<string, MetricColumn[]> {
    return Object.fromEntries(runIds.map((id) => [id, this.stretch(id, keys, first, last, maxPoints).map(meansOf)]))
  }

  rolloutsOf(runId: string, step: number): RolloutRow[] {
    return this.#rollouts.ofStep(runId, step)
  }

  /** Newest steps with completions of a kind; `before` null: from the newest on. */
  findRollouts(runId: string, kind: RolloutKind, before: number | null): FoundRollouts {
    return findInSteps(this.#rollouts.backwards(runId, before ?? Infinity), kind)
  }

  /** Newest steps first. */
  rolloutsOfTask(runId: string, taskId: string): TaskStep[] {
    return this.#rollouts.ofTask(runId, taskId)
  }

  /** Tasks of the newest training steps. */
  drawnTasks(runId: string): DrawnTask[] {
    return this.#rollouts.drawnTasks(runId)
  }

  rollout(runId: string, step: number, index: number): RolloutRow | null {
    return this.#rollouts.get(runId, step, index)
  }

  close(): void {
    this.#database.close()
  }

  #take(runId: string, event: JournalEvent, rollouts: readonly RolloutRow[]): void {
    this.#events.add(runId, event)
    if (event.type === 'rewound') this.#rollouts.rewind(runId, event.toStep)
    if (event.type !== 'step.finished') return
    for (const rollout of rollouts) if (rollout.step === event.step) this.#rollouts.add(runId, rollout)
  }
}

function meansOf({ key, steps, means }: HistoryColumn): MetricColumn {
  return { key, steps, values: means }
}
