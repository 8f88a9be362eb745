/** The thread that owns the database. */
import { parentPort, workerData } from 'node:worker_threads'
import { Failure } from '#contract/failure'
import { openDatabase } from './database.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { StoreAnswer, StoreCall } from './store.ts'

const port = parentPort!
const opened = open((workerData as { file: string }).file)

port.on('message', ({ id, method, args }: StoreCall) => {
  try {
    if (opened instanceof Error) throw opened
    const result = (opened[method] as (...args: readonly unknown[]) => unknown).apply(opened, [...args])
    port.postMessage({ id, result } satisfies StoreAnswer)
    if (method === 'close') port.close()
  } catch (error) {
    port.postMessage({ id, error: recordOf(error) } satisfies StoreAnswer)
  }
})

function open(file: string): SqliteStore | Error {
  try {
    return new SqliteStore(openDatabase(file))
  } catch (error) {
    return error as Error
  }
}

function recordOf(error: unknown): Extract<StoreAnswer, { error: unknown }>['error'] {
  if (error instanceof Failure) return { code: error.code, facts: error.facts, message: error.message }
  return { code: null, facts: {}, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
