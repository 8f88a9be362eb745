/** A data set of which nothing could be read. */
import { posix } from 'node:path'
import type { ImportProblem } from '#contract/dataset-check'
import { Failure } from '#contract/failure'
import type { Imported } from './import-dataset.ts'
import type { Source } from './sources/source.ts'

/**
 * The same; but where no layout was found and something could not be read, the first such thing is the failure, dataset.unreadable.
 * A bad line is none while other lines had columns.
 */
export async function* orItsCause(found: AsyncIterable<Imported>, path: string, source: Source): AsyncGenerator<Imported> {
  let first: ImportProblem | null = null
  try {
    for await (const one of found) {
      if ('problem' in one && !one.problem.isWarning) first ??= one.problem
      yield one
    }
  } catch (error) {
    if (first === null || !(error instanceof Failure)) throw error
    const isWhole = first.line === 0
    const isCaused = error.code === 'dataset.unknown-layout' || (error.code === 'dataset.unknown-columns' && isWhole)
    throw isCaused ? unreadable(source.isSingle ? path : posix.join(path, first.file), first, error) : error
  }
}

function unreadable(file: string, { line, message, fix }: ImportProblem, cause: Failure): Failure {
  const place = line > 0 ? `line ${line}: ` : ''
  return new Failure('dataset.unreadable', { file, reason: `${place}${message} ${fix}` }, { cause })
}
