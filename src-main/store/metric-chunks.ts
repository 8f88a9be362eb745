/** Closed parts of columns: the points of CHUNK_STEPS steps packed into one row, which is read and written as fast as two hundred single ones are not. */
import type Database from 'better-sqlite3'
import { entriesOf, joined, pointsOf, type Points, type Stretch } from './points.ts'

/** A chunk with a value at every step fills a page of the file. */
export const CHUNK_STEPS = 256

interface Packed {
  readonly steps: Buffer
  readonly values: Buffer
}

const NONE: Points = { steps: new Int32Array(), values: new Float64Array() }

export class ChunkTable {
  readonly #put: Database.Statement
  readonly #get: Database.Statement
  readonly #ofKey: Database.Statement
  readonly #stretches: Database.Statement
  readonly #from: Database.Statement
  readonly #removeFrom: Database.Statement

  constructor(database: Database.Database) {
    this.#put = database.prepare(
      'INSERT OR REPLACE INTO metric_chunks (run_id, key_id, chunk, steps, "values", last_step, total, least, greatest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    const packed = 'SELECT steps, "values" FROM metric_chunks WHERE run_id = ? AND key_id = ?'
    this.#get = database.prepare(`${packed} AND chunk = ?`)
    this.#ofKey = database.prepare(`${packed} ORDER BY chunk`)
    this.#stretches = database.prepare(
      'SELECT last_step AS step, total, length(steps) / 4 AS count, least, greatest FROM metric_chunks WHERE run_id = ? AND key_id = ? ORDER BY chunk',
    )
    this.#from = database.prepare('SELECT key_id, steps, "values" FROM metric_chunks WHERE run_id = ? AND chunk >= ?')
    this.#removeFrom = database.prepare('DELETE FROM metric_chunks WHERE run_id = ? AND chunk >= ?')
  }

  /** Adds points to the chunks that they belong to. */
  add(runId: string, keyId: number, points: ReadonlyMap<number, number>): void {
    for (const [chunk, entries] of Map.groupBy(points, ([step]) => chunkOf(step))) {
      const there = this.#get.get(runId, keyId, chunk) as Packed | undefined
      const { steps, values } = joined(there === undefined ? NONE : unpacked(there), pointsOf(entries))
      const total = values.reduce((sum, value) => sum + value, 0)
      const [least, greatest] = [Math.min(...values), Math.max(...values)]
      this.#put.run(runId, keyId, chunk, bytesOf(steps), bytesOf(values), steps.at(-1), total, least, greatest)
    }
  }

  points(runId: string, keyId: number): Points {
    const chunks = (this.#ofKey.all(runId, keyId) as Packed[]).map(unpacked)
    const length = chunks.reduce((sum, { steps }) => sum + steps.length, 0)
    const all = { steps: new Int32Array(length), values: new Float64Array(length) }
    let at = 0
    for (const { steps, values } of chunks) {
      all.steps.set(steps, at)
      all.values.set(values, at)
      at += steps.length
    }
    return all
  }

  /** One stretch a chunk, in order. */
  stretches(runId: string, keyId: number): Stretch[] {
    return this.#stretches.all(runId, keyId) as Stretch[]
  }

  /** Opens the chunks from that of a step on: gives their points up to the step, and forgets the rest. */
  openFrom(runId: string, step: number): [keyId: number, step: number, value: number][] {
    const first = chunkOf(step)
    const rows = this.#from.all(runId, first) as (Packed & { key_id: number })[]
    this.#removeFrom.run(runId, first)
    return rows.flatMap((row) =>
      [...entriesOf(unpacked(row))].flatMap(([at, value]): [number, number, number][] =>
        at <= step ? [[row.key_id, at, value]] : [],
      ),
    )
  }
}

export function chunkOf(step: number): number {
  return Math.floor(step / CHUNK_STEPS)
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array | Float64Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}

/** Copied: what SQLite gives need not lie where a number may begin. */
function unpacked({ steps, values }: Packed): Points {
  return { steps: new Int32Array(copyOf(steps)), values: new Float64Array(copyOf(values)) }
}

function copyOf({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  return (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength)
}
