/** Opens the SQLite file: WAL, schema, refusal of what is newer. */
import Database from 'better-sqlite3'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from '#contract/failure'
import { MIGRATIONS } from './migrations.ts'

/** Another workbench process may be writing. */
const BUSY_TIMEOUT_MS = 10_000

/** Throws Failure store.newer-schema. An older schema is brought up to date after a backup beside the file. */
export function openDatabase(file: string, migrations = MIGRATIONS): Database.Database {
  mkdirSync(dirname(file), { recursive: true })
  const isNew = !existsSync(file)
  const database = new Database(file, { timeout: BUSY_TIMEOUT_MS })
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = NORMAL')
  database.pragma('foreign_keys = ON')
  try {
    migrate(database, file, isNew, migrations)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function migrate(database: Database.Database, file: string, isNew: boolean, migrations: readonly string[]): void {
  const found = schemaOf(database)
  if (found > migrations.length) throw new Failure('store.newer-schema', { found, known: migrations.length })
  if (found === migrations.length) return
  if (!isNew && found > 0) backUp(database, `${file}.before-schema-${migrations.length}`)
  database
    .transaction(() => {
      // Asked again inside: another process may have been faster.
      for (const sql of migrations.slice(schemaOf(database))) database.exec(sql)
      database.pragma(`user_version = ${migrations.length}`)
    })
    .immediate()
}

function schemaOf(database: Database.Database): number {
  return database.pragma('user_version', { simple: true }) as number
}

function backUp(database: Database.Database, file: string): void {
  if (!existsSync(file)) database.prepare('VACUUM INTO ?').run(file)
}
