/** A call that comes from outside (a window, a page, a pipe): method and arguments are checked, and whatever happens becomes one answer. */
import { z } from 'zod'
import { API, type Api, type ApiEvents, type ErrorRecord, type EventName, type MethodName } from '#contract/api'
import { Failure } from '#contract/failure'

/** What a transport needs of the workbench. */
export interface Workbench {
  readonly api: Api
  /** Returns what ends the listening. */
  on<E extends EventName>(event: E, listener: (payload: ApiEvents[E]) => void): () => void
  close(): Promise<void>
}

export type Emit = <E extends EventName>(event: E, payload: ApiEvents[E]) => void

export type Answer = { readonly result: unknown } | { readonly error: ErrorRecord }

/** Never rejects. A bug's details go to stderr; the caller gets its sentence. */
export async function answerCall(workbench: Pick<Workbench, 'api'>, method: string, args: readonly unknown[]): Promise<Answer> {
  if (!Object.hasOwn(API, method)) return { error: refusal(`There is no method "${method}".`) }
  const name = method as MethodName
  const checked = API[name].input.safeParse(args)
  if (!checked.success) return { error: refusal(`${method}: ${z.prettifyError(checked.error)}`) }
  try {
    const handler = workbench.api[name] as (...args: readonly unknown[]) => Promise<unknown>
    return { result: (await handler(...checked.data)) ?? null }
  } catch (error) {
    return { error: errorRecord(error) }
  }
}

export function errorRecord(error: unknown): ErrorRecord {
  if (error instanceof Failure) {
    const { field } = error.facts
    const named = typeof field === 'string' ? field : null
    return { code: error.code, message: error.message, remedy: error.remedy, field: error.setting ?? named }
  }
  console.error(error)
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'bug', message, remedy: 'This is a fault of VeriTune itself; the log says more.', field: null }
}

function refusal(message: string): ErrorRecord {
  return { code: 'arguments.invalid', message, remedy: 'Reload the page: it may be older than the workbench.', field: null }
}
