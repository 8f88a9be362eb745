/** What is kept of checks: a folder for each data set, with the record, all that was found, and the tasks. */
import { createHash, hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { BADGES } from '#contract/badges'
import type { ColumnMapping, DatasetCheck, TaskCheck } from '#contract/dataset-check'
import { checkRecordSchema, type CheckRecord } from '#contract/known-datasets'
import { SPLITS } from '#contract/splits'

const RECORD = 'record.json'
const CHECK = 'check.json'

/** Where a check that is about to begin may write. */
export interface CheckPlaces {
  readonly folder: string
  readonly out: string
  readonly unfit: string
}

export interface FinishedCheck {
  readonly path: string
  readonly mapping: ColumnMapping | null
  readonly check: DatasetCheck
  /** Where its tasks were written. */
  readonly places: CheckPlaces
  readonly now: Date
}

export class KeptChecks {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Where all of a data set is kept: words to know it by, and a hash to tell it from others. */
  folderOf(path: string): string {
    const words = basename(path, extname(path))
      .replace(/[^A-Za-z0-9]+/g, '-')
      .slice(0, 40)
    return join(this.#folder, `${words.replace(/^-|-$/g, '') || 'dataset'}-${hash('sha256', path).slice(0, 8)}`)
  }

  /** A new pair of files: those of the last check may be what a run trains on. `out`: what a person named. */
  async places(path: string, out: string | null, now: Date): Promise<CheckPlaces> {
    const folder = this.folderOf(path)
    await mkdir(folder, { recursive: true })
    const time = now.toISOString().replace(/\D/g, '')
    return { folder, out: out ?? join(folder, `tasks-${time}.jsonl`), unfit: join(folder, `unfit-${time}.jsonl`) }
  }

  /** Writes down what was found. Files of the last check stay when they hold the same, or when `isUsed` says so. */
  async keep(
    { path, mapping, check, places, now }: FinishedCheck,
    isUsed: (file: string) => Promise<boolean>,
  ): Promise<CheckRecord> {
    const last = await this.record(path)
    const badges = countsOf(BADGES, check.tasks, ({ badge }) => badge)
    const hasUnfit = badges.healthy < check.tasks.length
    const record: CheckRecord = {
      schemaVersion: 1,
      path,
      checkedAt: now.toISOString(),
      layout: check.layout,
      mapping,
      tasks: badges.healthy === 0 ? null : await sameFile(last?.tasks ?? null, places.out),
      unfit: hasUnfit ? places.unfit : null,
      counts: countsOf(SPLITS, check.tasks.filter(isHealthy), ({ split }) => split),
      badges,
      problemCount: check.problems.filter(({ isWarning }) => !isWarning).length,
      warningCount: check.problems.filter(({ isWarning }) => isWarning).length,
      // A task may share its words and its reference.
      leakCount: new Set(check.problems.flatMap(({ isLeak, file, line }) => (isLeak ? [`${line} ${file}`] : []))).size,
      licences: [...new Set(check.tasks.flatMap(({ origin }) => origin?.licence ?? []))],
    }
    await writeWhole(join(places.folder, CHECK), check)
    await writeWhole(join(places.folder, RECORD), record)
    await this.#sweep(places.folder, record, isUsed)
    return record
  }

  /** Of a check of which nothing is kept. What an earlier one left there stays. */
  async forget(path: string): Promise<void> {
    await rmdir(this.folderOf(path)).catch(() => {})
  }

  /** null when it was never checked, or when what was kept cannot be read. */
  async record(path: string): Promise<CheckRecord | null> {
    return readRecord(this.folderOf(path))
  }

  /** Newest first. */
  async records(): Promise<CheckRecord[]> {
    const names = await readdir(this.#folder).catch(() => [])
    const records = await Promise.all(names.map((name) => readRecord(join(this.#folder, name))))
    return records.filter((record) => record !== null).sort((a, b) => (a.checkedAt < b.checkedAt ? 1 : -1))
  }

  /** All that was found; null as for `record`. */
  async check(path: string): Promise<DatasetCheck | null> {
    return (await readJson(join(this.folderOf(path), CHECK))) as DatasetCheck | null
  }

  /** Task files of earlier checks, and what a check that was killed left behind. */
  async #sweep(folder: string, record: CheckRecord, isUsed: (file: string) => Promise<boolean>): Promise<void> {
    for (const name of await readdir(folder)) {
      const file = join(folder, name)
      const isOurs = /^(tasks|unfit)-\d+\.jsonl$|^\.veritune-.*\.partial$/.test(name)
      if (isOurs && file !== record.tasks && file !== record.unfit && !(await isUsed(file))) await rm(file, { force: true })
    }
  }
}

function isHealthy({ badge }: TaskCheck): boolean {
  return badge === 'healthy'
}

function countsOf<K extends string, T>(keys: readonly K[], items: readonly T[], keyOf: (item: T) => K): Record<K, number> {
  const counts = Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>
  for (const item of items) counts[keyOf(item)]++
  return counts
}

/** The older of two files where they hold the same: a run that trains on it is not told that its data set has changed. */
async function sameFile(older: string | null, newer: string): Promise<string> {
  if (older === null || older === newer || (await stat(older).catch(() => null)) === null) return newer
  return (await hashOf(older)) === (await hashOf(newer)) ? older : newer
}

async function hashOf(file: string): Promise<string> {
  const sum = createHash('sha256')
  await pipeline(createReadStream(file), sum)
  return sum.digest('hex')
}

async function readRecord(folder: string): Promise<CheckRecord | null> {
  const parsed = checkRecordSchema.safeParse(await readJson(join(folder, RECORD)))
  return parsed.success ? parsed.data : null
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown
  } catch {
    return null
  }
}

async function writeWhole(file: string, value: unknown): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(value)}\n`)
  await rename(`${file}.new`, file)
}
