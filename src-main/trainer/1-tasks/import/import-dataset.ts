/** A data set as it lies on disk -> tasks, problems, and the name of the layout that was recognised. Nothing is written, nothing is run. */
import { statSync } from 'node:fs'
import type { ColumnMapping, ImportProblem } from '#contract/dataset-check'
import { Failure } from '#contract/failure'
import type { Split } from '#contract/splits'
import type { Task } from '#contract/task'
import { hashSeed } from '../../math/random.ts'
import { taskOf, type Draft } from './draft.ts'
import { Duplicates, splitKey } from './duplicates.ts'
import { optionalText } from './fields.ts'
import type { FileLayout, RowLayout } from './layouts/layout.ts'
import { mapped } from './layouts/mapped.ts'
import { OWN_LAYOUT, ownTask } from './layouts/own-tasks.ts'
import { RowsOfFile, UNKNOWN_ROW } from './layouts/rows-of-file.ts'
import { rtllm } from './layouts/rtllm.ts'
import { veriReason } from './layouts/verireason.ts'
import { describedTask, isDescription, verilogEvalV1 } from './layouts/verilog-eval-v1.ts'
import { verilogEvalV2 } from './layouts/verilog-eval-v2.ts'
import { verl } from './layouts/verl.ts'
import { vgen } from './layouts/vgen.ts'
import { licenceOf } from './licence.ts'
import { requireColumns } from './mapped-columns.ts'
import { problemAt, remarkAt, RowProblem } from './problem.ts'
import { rowReader, signedReader, type Row, type RowReader } from './rows/rows.ts'
import { fileSource, folderSource } from './sources/folder.ts'
import { fileProblem, type Source, type SourceFile } from './sources/source.ts'
import { isZip, zipSource } from './sources/zip.ts'
import { orItsCause } from './unreadable.ts'

export interface ImportOptions {
  /** File, folder or archive. */
  readonly path: string
  /** Columns of rows that no layout knows; null guesses by usual names. */
  readonly mapping?: ColumnMapping | null
  /** Shares of tasks for which the data set names no split. */
  readonly shares?: Readonly<Record<Split, number>>
}

export type Imported = { readonly layout: string } | { readonly task: Task } | { readonly problem: ImportProblem }

const FILE_LAYOUTS: readonly FileLayout[] = [verilogEvalV2, rtllm, vgen]
/** What may hold more of the data set, and is not looked into. */
const ARCHIVE = /\.(zip|tar|t?gz|bz2|xz|zst|7z|rar)$/i
const SHARES: Readonly<Record<Split, number>> = { train: 0.8, validation: 0.1, test: 0.1 }

/**
 * Layouts as they are met, tasks and problems in the order of the files. Throws Failure dataset.missing, dataset.unreadable,
 * dataset.unknown-layout, dataset.unknown-columns, and arguments.invalid for a mapping to columns that are not there.
 */
export async function* importDataset({ path, mapping = null, shares = SHARES }: ImportOptions): AsyncGenerator<Imported> {
  const source = await openSource(path)
  try {
    yield* orItsCause(new Import(source, shares).run(path, mapping), path, source)
  } finally {
    source.close()
  }
}

async function openSource(path: string): Promise<Source> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new Failure('dataset.missing', { file: path })
  try {
    if (stat.isDirectory()) return await folderSource(path)
    if (!stat.isFile()) throw new Error('it is neither a file nor a folder')
    return (await isZip(path)) ? await zipSource(path) : await fileSource(path)
  } catch (error) {
    throw new Failure('dataset.unreadable', { file: path, reason: (error as Error).message }, { cause: error })
  }
}

/** One import: what it remembers from task to task. */
class Import {
  readonly #source: Source
  readonly #shares: Readonly<Record<Split, number>>
  readonly #duplicates = new Duplicates()
  readonly #layouts = new Set<string>()
  readonly #columns = new Set<string>()
  /** Next number for an id that came again. */
  readonly #repeats = new Map<string, number>()
  #licence: string | null = null

  constructor(source: Source, shares: Readonly<Record<Split, number>>) {
    this.#source = source
    this.#shares = shares
  }

  async *run(path: string, mapping: ColumnMapping | null): AsyncGenerator<Imported> {
    for (const problem of this.#source.problems) yield { problem }
    for (const { path: archive } of this.#source.files.filter((file) => ARCHIVE.test(file.path))) {
      const problem = fileProblem(archive, 'is an archive within the data set and is not opened.', 'Import it by itself.')
      yield { problem: { ...problem, isWarning: true } }
    }
    this.#licence = await licenceOf(this.#source)
    for (const layout of FILE_LAYOUTS) yield* this.#fromFiles(layout)
    const readers = await this.#readers()
    if (mapping !== null) await requireColumns(mapping, readers, path)
    const files = [...readers].map(([file]) => file.path)
    const rowLayouts =
      mapping === null ? [verilogEvalV1(await this.#descriptions(readers), files), veriReason, verl] : [mapped(mapping)]
    for (const [file, reader] of readers) yield* this.#fromRows(file, reader, rowLayouts, mapping === null)
    if (this.#layouts.size > 0) return
    if (this.#columns.size === 0) throw new Failure('dataset.unknown-layout', { file: path })
    throw new Failure('dataset.unknown-columns', { file: path, columns: [...this.#columns].slice(0, 30).join(', ') })
  }

  /** Files of rows. One that was named by itself may be called anything. */
  async #readers(): Promise<ReadonlyMap<SourceFile, RowReader>> {
    const readers = new Map<SourceFile, RowReader>()
    for (const file of this.#source.files) {
      const reader = rowReader(file.path) ?? (this.#source.isSingle ? await signedReader(file) : null)
      if (reader !== null) readers.set(file, reader)
    }
    return readers
  }

  async *#fromFiles(layout: FileLayout): AsyncGenerator<Imported> {
    const places = layout.places(this.#source.files)
    if (places.length > 0) yield* this.#name(layout.name)
    for (const { file, row, read } of places) {
      try {
        yield* this.#take(await read(), layout.name, file, row)
      } catch (error) {
        yield { problem: problemAt(file, row, error) }
      }
    }
  }

  async *#fromRows(
    file: SourceFile,
    reader: RowReader,
    layouts: readonly RowLayout[],
    mayGuess: boolean,
  ): AsyncGenerator<Imported> {
    const rows = new RowsOfFile(layouts, mayGuess)
    try {
      for await (const row of reader(file)) {
        if ('value' in row) yield* this.#fromRow(row, file.path, rows)
        else
          yield {
            problem: { file: file.path, line: row.number, field: null, isWarning: false, message: row.message, fix: row.fix },
          }
      }
    } catch (error) {
      // The file breaks off: what came before it stands.
      yield { problem: problemAt(file.path, 0, error) }
    }
  }

  async *#fromRow(row: Row, file: string, rows: RowsOfFile): AsyncGenerator<Imported> {
    if (isDescription(row.value)) return
    const layout = rows.layoutOf(row)
    if (layout === null) return this.#remember(row.value)
    for (const number of rows.takeUnknown()) yield { problem: problemAt(file, number, UNKNOWN_ROW) }
    try {
      if (layout === 'own') return yield* this.#takeOwn(row, file)
      yield* this.#name(layout.name)
      yield* this.#take(layout.draft(row, file), layout.name, file, row.number)
    } catch (error) {
      yield { problem: problemAt(file, row.number, error) }
    }
  }

  #remember(value: Row['value']): void {
    if (this.#columns.size < 100) for (const name of Object.keys(value)) this.#columns.add(name)
  }

  *#name(layout: string): Generator<Imported> {
    if (this.#layouts.has(layout)) return
    this.#layouts.add(layout)
    yield { layout }
  }

  *#takeOwn({ value, number }: Row, file: string): Generator<Imported> {
    yield* this.#name(OWN_LAYOUT)
    const task = ownTask(value)
    const { reference, moduleName } = task
    const draft = { ...task, testbench: null, group: null, reference, moduleName }
    const id = yield* this.#uniqueId(task.id, file, number)
    yield* this.#repetitions(draft, task.split, file, number)
    yield { task: { ...task, id } }
  }

  *#take(draft: Draft, layout: string, file: string, row: number): Generator<Imported> {
    const split = draft.split ?? this.#splitOf(draft)
    const task = taskOf(draft, split, { layout, file, row, licence: this.#licence })
    const id = yield* this.#uniqueId(task.id, file, row)
    yield* this.#repetitions(draft, split, file, row)
    for (const remark of draft.remarks ?? []) yield { problem: remarkAt(file, row, remark) }
    if (/\uFFFD/.test(draft.instruction + (draft.reference ?? ''))) {
      yield { problem: remarkAt(file, row, new RowProblem(null, 'Some of its bytes are no UTF-8.', 'Save the file as UTF-8.')) }
    }
    yield { task: { ...task, id } }
  }

  #splitOf(draft: Draft): Split {
    const place = hashSeed('imported split', splitKey(draft)) / 2 ** 32
    const total = this.#shares.train + this.#shares.validation + this.#shares.test
    if (place < this.#shares.train / total) return 'train'
    return place < (this.#shares.train + this.#shares.validation) / total ? 'validation' : 'test'
  }

  /** Called just before the task is noted. */
  *#uniqueId(id: string, file: string, row: number): Generator<Imported, string> {
    const first = this.#duplicates.takeId(id)
    if (first === null) return id
    let count = this.#repeats.get(id) ?? 2
    while (this.#duplicates.takeId(`${id}~${count}`) !== null) count++
    this.#repeats.set(id, count + 1)
    const message = `"${id}" is already used at ${first}; it is called "${id}~${count}" here.`
    yield { problem: remarkAt(file, row, new RowProblem('id', message, 'Give each task an id of its own.')) }
    return `${id}~${count}`
  }

  *#repetitions(draft: Draft, split: Split, file: string, row: number): Generator<Imported> {
    for (const { field, place, isLeak } of this.#duplicates.met(draft, split, file, row)) {
      const where = isLeak
        ? `It leaks between splits: the same ${field} stands at ${place} in another split`
        : `The same ${field} stands at ${place}`
      const fix = isLeak ? 'Leave one of them out, or put both in one split.' : 'Leave one of them out.'
      const problem = remarkAt(file, row, new RowProblem(field, `${where}.`, fix))
      yield { problem: isLeak ? { ...problem, isLeak } : problem }
    }
  }

  /** Words that stand in files of their own, by task. A file that breaks off is told of where its rows are read. */
  async #descriptions(readers: ReadonlyMap<SourceFile, RowReader>): Promise<ReadonlyMap<string, string>> {
    const words = new Map<string, string>()
    for (const [file, reader] of readers) {
      if (!/description/i.test(file.path)) continue
      try {
        for await (const row of reader(file)) if ('value' in row) keepDescription(row.value, file.path, words)
      } catch {
        continue
      }
    }
    return words
  }
}

function keepDescription(value: Row['value'], file: string, words: Map<string, string>): void {
  if (!isDescription(value)) return
  try {
    const [id, text] = [optionalText(value, 'task_id'), optionalText(value, 'detail_description')]
    if (id !== null && text !== null) words.set(describedTask(file, id), text)
  } catch (error) {
    if (!(error instanceof RowProblem)) throw error
  }
}
