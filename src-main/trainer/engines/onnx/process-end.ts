/** Why the engine's process ended, as a Failure. */
import { Failure } from '#contract/failure'

export interface ProcessEnd {
  readonly code: number | null
  readonly signal: string | null
  /** The last that it wrote to stderr. */
  readonly lastWords: string
  /** The graph or phase that it said it was in. */
  readonly place: string
}

/** V8, glibc and ONNX Runtime before they abort. */
const OUT_OF_MEMORY = /out of memory|bad_alloc|failed to allocate|cannot allocate memory/i

/** Nobody but the system kills with SIGKILL: Linux does so when memory runs out. */
export function failureOfEnd({ code, signal, lastWords, place }: ProcessEnd): Failure {
  if (signal === 'SIGKILL') return new Failure('memory.exhausted', { where: `${place} (the system killed its process)` })
  if (OUT_OF_MEMORY.test(lastWords)) return new Failure('memory.exhausted', { where: place })
  return new Failure('engine.crashed', { signal: signal ?? `exit code ${code}`, graph: place })
}
