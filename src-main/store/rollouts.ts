/** The index of rollouts; their text stays in the run directory. */
import type Database from 'better-sqlite3'
import type { RolloutRow } from './records.ts'

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

export class RolloutTable {
  readonly #insert: Database.Statement
  readonly #ofStep: Database.Statement
  readonly #one: Database.Statement
  readonly #backwards: Database.Statement
  readonly #rewind: Database.Statement

  constructor(database: Database.Database) {
    this.#insert = database.prepare(`
      INSERT OR REPLACE INTO rollouts
        (run_id, step, idx, group_number, task_id, family, reward, advantage, completion_tokens, is_truncated, scores, file, offset, length)
      VALUES (@runId, @step, @index, @group, @taskId, @family, @reward, @advantage, @completionTokens, @isTruncated, @scores, @file, @offset, @length)`)
    this.#ofStep = database.prepare('SELECT * FROM rollouts WHERE run_id = ? AND step = ? ORDER BY idx')
    this.#one = database.prepare('SELECT * FROM rollouts WHERE run_id = ? AND step = ? AND idx = ?')
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
