/** The index of rollouts; their text stays in the run directory. */
import type Database from 'better-sqlite3'
import type { TaskStep } from '#contract/same-task'
import type { DrawnTask, RolloutRow } from './records.ts'

interface Row {
  step: number
  idx: number
  group_number: number
  task_id: string
  family: string
  reward: number | null
  advantage: number
  completion_tokens: number
  is_truncated: 0 | 1
  scores: string
  file: string
  offset: number
  length: number
}

/** Completions for one task that are looked at; older ones are left out. */
const MOST_OF_A_TASK = 4000
/** The newest completions, in which drawn tasks are looked for. */
const MOST_LOOKED_AT = 20_000

export class RolloutTable {
  readonly #insert: Database.Statement
  readonly #ofStep: Database.Statement
  readonly #one: Database.Statement
  readonly #ofTask: Database.Statement
  readonly #drawn: Database.Statement
  readonly #backwards: Database.Statement
  readonly #rewind: Database.Statement

  constructor(database: Database.Database) {
    this.#insert = database.prepare(`
      INSERT OR REPLACE INTO rollouts
        (run_id, step, idx, group_number, task_id, family, reward, advantage, completion_tokens, is_truncated, scores, file, offset, length)
      VALUES (@runId, @step, @index, @group, @taskId, @family, @reward, @advantage, @completionTokens, @isTruncated, @scores, @file, @offset, @length)`)
    this.#ofStep = database.prepare('SELECT * FROM rollouts WHERE run_id = ? AND step = ? ORDER BY idx')
    this.#one = database.prepare('SELECT * FROM rollouts WHERE run_id = ? AND step = ? AND idx = ?')
    this.#ofTask = database.prepare(`
      SELECT step, idx, reward, json_extract(scores, '$.functional.outcome') AS functional FROM rollouts
      WHERE run_id = ? AND task_id = ? ORDER BY step DESC, reward DESC, idx LIMIT ${MOST_OF_A_TASK}`)
    this.#drawn = database.prepare(`
      SELECT task_id AS taskId, family, AVG(reward) AS reward,
        CASE WHEN SUM(functional <> 'unscored') > 0 THEN AVG(functional = 'passed') END AS passed
      FROM (
        SELECT task_id, family, step, reward, json_extract(scores, '$.functional.outcome') AS functional FROM rollouts
        WHERE run_id = ? ORDER BY step DESC LIMIT ${MOST_LOOKED_AT})
      GROUP BY task_id, step ORDER BY step DESC, task_id`)
    this.#backwards = database.prepare('SELECT * FROM rollouts WHERE run_id = ? AND step < ? ORDER BY step DESC, idx')
    this.#rewind = database.prepare('DELETE FROM rollouts WHERE run_id = ? AND step > ?')
  }

  add(runId: string, rollout: RolloutRow): void {
    this.#insert.run({ ...rollout, runId, isTruncated: rollout.isTruncated ? 1 : 0, scores: JSON.stringify(rollout.scores) })
  }

  rewind(runId: string, toStep: number): void {
    this.#rewind.run(runId, toStep)
  }

  ofStep(runId: string, step: number): RolloutRow[] {
    return (this.#ofStep.all(runId, step) as Row[]).map(rolloutRow)
  }

  /** All rollouts of the steps before one, newest step first, read as they are asked for. */
  *backwards(runId: string, beforeStep: number): Generator<RolloutRow> {
    for (const row of this.#backwards.iterate(runId, beforeStep)) yield rolloutRow(row as Row)
  }

  ofTask(runId: string, taskId: string): TaskStep[] {
    const rows = this.#ofTask.all(runId, taskId) as { step: number; idx: number; reward: number | null; functional: string }[]
    const steps = [...Map.groupBy(rows, ({ step }) => step)].map(([step, own]) => ({
      step,
      rollouts: own.map(({ idx, reward, functional }) => ({ index: idx, reward, hasPassed: functional === 'passed' })),
    }))
    // Of the oldest step there may be more.
    return rows.length === MOST_OF_A_TASK ? steps.slice(0, -1) : steps
  }

  /** As each was drawn last, the newest first; those of long ago are left out. */
  drawnTasks(runId: string): DrawnTask[] {
    const tasks = new Map<string, DrawnTask>()
    for (const task of this.#drawn.iterate(runId) as Iterable<DrawnTask>) {
      if (!tasks.has(task.taskId)) tasks.set(task.taskId, task)
    }
    return [...tasks.values()]
  }

  get(runId: string, step: number, index: number): RolloutRow | null {
    const row = this.#one.get(runId, step, index) as Row | undefined
    return row === undefined ? null : rolloutRow(row)
  }
}

function rolloutRow(row: Row): RolloutRow {
  return {
    step: row.step,
    index: row.idx,
    group: row.group_number,
    taskId: row.task_id,
    family: row.family,
    reward: row.reward,
    advantage: row.advantage,
    completionTokens: row.completion_tokens,
    isTruncated: row.is_truncated === 1,
    scores: JSON.parse(row.scores) as RolloutRow['scores'],
    file: row.file,
    offset: row.offset,
    length: row.length,
  }
}
