/** A data set as it lies on disk -> tasks, problems, and the name of the layout that was recognised. Nothing is written, nothing is run. */
import { statSync } from 'node:fs'
import type { ColumnMapping, ImportProblem } from '#contract/dataset-check'
import { Failure } from '#contract/failure'
import type { Split, Task } from '#contract/task'
import { hashSeed } from '../../math/random.ts'
import { taskOf, type Draft } from './draft.ts'
import { Duplicates, splitKey } from './duplicates.ts'
import { optionalText } from './fields.ts'
import type { FileLayout, RowLayout } from './layouts/layout.ts'
import { guessedMapping, mapped } from './layouts/mapped.ts'
import { isOwnTask, OWN_LAYOUT, ownTask } from './layouts/own-tasks.ts'
import { rtllm } from './layouts/rtllm.ts'
import { veriReason } from './layouts/verireason.ts'
import { isDescription, verilogEvalV1 } from './layouts/verilog-eval-v1.ts'
import { verilogEvalV2 } from './layouts/verilog-eval-v2.ts'
import { verl } from './layouts/verl.ts'
import { vgen } from './layouts/vgen.ts'
import { licenceOf } from './licence.ts'
import { RowProblem } from './problem.ts'
import { rowReader, type Row } from './rows/rows.ts'
import { fileSource, folderSource } from './sources/folder.ts'
import type { Source, SourceFile } from './sources/source.ts'
import { zipSource } from './sources/zip.ts'

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
const SHARES: Readonly<Record<Split, number>> = { train: 0.8, validation: 0.1, test: 0.1 }

/** Layouts as they are met, tasks and problems in the order of the files. Throws Failure dataset.missing, dataset.unreadable, dataset.unknown-layout. */
export async function* importDataset({ path, mapping = null, shares = SHARES }: ImportOptions): AsyncGenerator<Imported> {
  const source = await openSource(path)
  try {
    yield* new Import(source, shares).run(path, mapping)
  } finally {
    source.close()
  }
}

async function openSource(path: string): Promise<Source> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new Failure('dataset.missing', { file: path })
  if (stat.isDirectory()) return folderSource(path)
  if (!/\.zip$/i.test(path)) return fileSource(path)
  try {
    return await zipSource(path)
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
  #licence: string | null = null

  constructor(source: Source, shares: Readonly<Record<Split, number>>) {
    this.#source = source
    this.#shares = shares
  }

  async *run(path: string, mapping: ColumnMapping | null): AsyncGenerator<Imported> {
    for (const problem of this.#source.problems) yield { problem }
    this.#licence = await licenceOf(this.#source)
    for (const layout of FILE_LAYOUTS) yield* this.#fromFiles(layout)
    const files = this.#source.files.filter((file) => rowReader(file.path) !== null)
    const rowLayouts = mapping === null ? [verilogEvalV1(await this.#descriptions(files)), veriReason, verl] : [mapped(mapping)]
    for (const file of files) yield* this.#fromRows(file, rowLayouts, mapping === null)
    if (this.#layouts.size > 0) return
    if (this.#columns.size === 0) throw new Failure('dataset.unknown-layout', { file: path })
    throw new Failure('dataset.unknown-columns', { file: path, columns: [...this.#columns].slice(0, 30).join(', ') })
  }

  async *#fromFiles(layout: FileLayout): AsyncGenerator<Imported> {
    const places = layout.places(this.#source.files)
    if (places.length > 0) yield* this.#name(layout.name)
    for (const { file, row, read } of places) {
      try {
        yield* this.#take(await read(), layout.name, file, row)
      } catch (error) {
        yield problemAt(file, row, error)
      }
    }
  }

  async *#fromRows(file: SourceFile, layouts: readonly RowLayout[], mayGuess: boolean): AsyncGenerator<Imported> {
    try {
      for await (const row of rowReader(file.path)!(file)) {
        if ('value' in row) yield* this.#fromRow(row, file.path, layouts, mayGuess)
        else
          yield {
            problem: { file: file.path, line: row.number, field: null, isWarning: false, message: row.message, fix: row.fix },
          }
      }
    } catch (error) {
      // The file breaks off: what came before it stands.
      yield problemAt(file.path, 0, error)
    }
  }

  async *#fromRow(row: Row, file: string, layouts: readonly RowLayout[], mayGuess: boolean): AsyncGenerator<Imported> {
    if (isDescription(row.value)) return
    try {
      if (mayGuess && isOwnTask(row.value)) return yield* this.#takeOwn(row, file)
      const guessed = mayGuess ? guessedMapping(row.value) : null
      const layout = layouts.find((one) => one.matches(row.value)) ?? (guessed === null ? undefined : mapped(guessed))
      if (layout === undefined) return this.#remember(row.value)
      yield* this.#name(layout.name)
      yield* this.#take(layout.draft(row, file), layout.name, file, row.number)
    } catch (error) {
      yield problemAt(file, row.number, error)
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
    if (/\uFFFD/.test(draft.instruction + (draft.reference ?? ''))) {
      yield warning(file, row, null, 'Some of its bytes are no UTF-8.', 'Save the file as UTF-8.')
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
    let count = 2
    while (this.#duplicates.takeId(`${id}~${count}`) !== null) count++
    const message = `"${id}" is already used at ${first}; it is called "${id}~${count}" here.`
    yield warning(file, row, 'id', message, 'Give each task an id of its own.')
    return `${id}~${count}`
  }

  *#repetitions(draft: Draft, split: Split, file: string, row: number): Generator<Imported> {
    for (const { field, place, isLeak } of this.#duplicates.met(draft, split, file, row)) {
      const where = isLeak
        ? `It leaks between splits: the same ${field} stands at ${place} in another split`
        : `The same ${field} stands at ${place}`
      yield warning(
        file,
        row,
        field,
        `${where}.`,
        isLeak ? 'Leave one of them out, or put both in one split.' : 'Leave one of them out.',
      )
    }
  }

  /** Words that stand in files of their own, by task. */
  async #descriptions(files: readonly SourceFile[]): Promise<ReadonlyMap<string, string>> {
    const words = new Map<string, string>()
    for (const file of files.filter(({ path }) => /description/i.test(path))) {
      for await (const row of rowReader(file.path)!(file)) {
        if (!('value' in row) || !isDescription(row.value)) continue
        const [id, text] = [optionalText(row.value, 'task_id'), optionalText(row.value, 'detail_description')]
        if (id !== null && text !== null) words.set(id, text)
      }
    }
    return words
  }
}

function problemAt(file: string, line: number, error: unknown): Imported {
  if (error instanceof RowProblem) {
    return { problem: { file, line, field: error.field, message: error.message, fix: error.fix, isWarning: false } }
  }
  const message = `It cannot be read (${error instanceof Error ? error.message : String(error)}).`
  return { problem: { file, line, field: null, message, fix: 'Get the file again, or leave it out.', isWarning: false } }
}

function warning(file: string, line: number, field: string | null, message: string, fix: string): Imported {
  return { problem: { file, line, field, message, fix, isWarning: true } }
}
