/** The worker's side of the pool: one job at a time, references prepared once. */
import { parentPort, workerData } from 'node:worker_threads'
import type { ReferencedTask, Task } from '#contract/task'
import { proveEquivalent, type Equivalence } from './formal/equivalence.ts'
import { MAX_PREPARED } from './pool.ts'
import { prepareTask, type PreparedTask } from './prepared-task.ts'
import { scoreDesign, type DesignJob, type ScoredDesign } from './score-design.ts'
import type { NativeSynthesis } from './tools/native-yosys.ts'
import { stepBehind } from './tools/priority.ts'
import { synthesise } from './tools/yosys.ts'

export interface ProofJob {
  readonly code: string
  readonly task: ReferencedTask
  readonly limitMs: number
}
export type WorkerJob = { readonly id: number } & (
  ({ readonly kind: 'score' } & DesignJob) | ({ readonly kind: 'prove' } & ProofJob)
)
/** `isPrepared`: what follows is the completion's own work, and counts against its limit. */
export type WorkerMessage = { readonly isReady: true } | { readonly id: number; readonly isPrepared: true } | JobAnswer
export type JobAnswer = { readonly id: number } & (
  { readonly report: ScoredDesign } | { readonly unusable: string } | { readonly proof: Equivalence }
)

const prepared = new Map<string, Promise<PreparedTask | null>>()

/** Small, and goes all the way: what it does not compile is compiled with the first job. */
const WARM_UP = 'module warm_up(input [3:0] a, output [3:0] y);\n  assign y = a + 1;\nendmodule'

if ((workerData as { readonly isBehind: boolean }).isBehind) stepBehind()
// Whoever ends a thread while V8 compiles its WebAssembly may end the process: until this message nobody does.
void synthesise(WARM_UP, 'warm_up').then(() => parentPort!.postMessage({ isReady: true } satisfies WorkerMessage))

parentPort!.on('message', (job: WorkerJob) => {
  if (job.kind === 'score') void score(job)
  else void prove(job)
})

async function prove({ id, code, task, limitMs }: Extract<WorkerJob, { kind: 'prove' }>): Promise<void> {
  const proof = await proveEquivalent(task.reference, code, task, limitMs)
  parentPort!.postMessage({ id, proof } satisfies JobAnswer)
}

async function score({ id, kind: _kind, ...job }: Extract<WorkerJob, { kind: 'score' }>): Promise<void> {
  let reference: PreparedTask | null
  try {
    reference = await referenceOf(job.task, job.simulated?.reference ?? null)
  } catch (error) {
    parentPort!.postMessage({ id, unusable: error instanceof Error ? error.message : String(error) } satisfies JobAnswer)
    return
  }
  parentPort!.postMessage({ id, isPrepared: true } satisfies WorkerMessage)
  parentPort!.postMessage({ id, report: await scoreDesign(job, reference) } satisfies JobAnswer)
}

function referenceOf(task: Task, native: NativeSynthesis | null): Promise<PreparedTask | null> {
  const key = JSON.stringify([task.id, task.reference, task.stimulus, native?.version])
  const found = prepared.get(key) ?? prepareTask(task, native)
  prepared.delete(key)
  prepared.set(key, found)
  if (prepared.size > MAX_PREPARED) prepared.delete(prepared.keys().next().value!)
  return found
}
