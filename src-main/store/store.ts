/** The store as the rest of the workbench sees it: SQLite in a thread of its own, so that no window waits for a disk. */
import { Worker } from 'node:worker_threads'
import { Failure, type FailureCode } from '#contract/failure'
import type { SqliteStore } from './sqlite-store.ts'

type StoreMethod = keyof SqliteStore
/** Every method of SqliteStore, answered later. */
export type Store = { [M in StoreMethod]: (...args: Parameters<SqliteStore[M]>) => Promise<ReturnType<SqliteStore[M]>> }

export interface StoreCall {
  readonly id: number
  readonly method: StoreMethod
  readonly args: readonly unknown[]
}
export type StoreAnswer =
  | { readonly id: number; readonly result: unknown }
  | {
      readonly id: number
      readonly error: {
        readonly code: string | null
        readonly facts: Readonly<Record<string, string | number>>
        readonly message: string
      }
    }

interface Pending {
  resolve(result: unknown): void
  reject(error: Error): void
}

const CLOSED = 'the store is closed'

/** Beside this file. A desktop package is an archive, which a thread does not read: its file lies unpacked in the folder next to it. */
export function workerUrl(ownUrl: string): URL {
  const extension = ownUrl.endsWith('.ts') ? 'ts' : 'js'
  return new URL(`./store-worker.${extension}`, ownUrl.replace('/app.asar/', '/app.asar.unpacked/'))
}

/** Opens the store file, made when it is not there. Throws Failure store.newer-schema. */
export async function openStore(file: string): Promise<Store> {
  const worker = new Worker(workerUrl(import.meta.url), { workerData: { file } })
  const pending = new Map<number, Pending>()
  let lastId = 0
  let isClosed = false
  worker.on('message', (answer: StoreAnswer) => {
    const call = pending.get(answer.id)
    pending.delete(answer.id)
    if ('result' in answer) call?.resolve(answer.result)
    else call?.reject(errorOf(answer.error))
  })
  const fail = (error: Error): void => {
    for (const { reject } of pending.values()) reject(error)
    pending.clear()
  }
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', () => {
    isClosed = true
    fail(new Error(CLOSED))
  })
  const call = (method: StoreMethod, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(new Error(CLOSED))
      const id = ++lastId
      pending.set(id, { resolve, reject })
      worker.postMessage({ id, method, args } satisfies StoreCall)
    })
  const store = new Proxy({} as Store, {
    // A promise would look for `then`: the proxy is no promise.
    get: (_, method) => (method === 'then' ? undefined : (...args: readonly unknown[]) => call(method as StoreMethod, args)),
  })
  try {
    await store.runs()
    return store
  } catch (error) {
    await worker.terminate()
    throw error
  }
}

function errorOf({ code, facts, message }: Extract<StoreAnswer, { error: unknown }>['error']): Error {
  return code === null ? new Error(message) : new Failure(code as FailureCode, facts)
}
