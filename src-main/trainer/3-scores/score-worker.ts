/** The worker's side of the pool: one job at a time, references prepared once. */
import { parentPort } from 'node:worker_threads'
import type { ScoreReport } from '#contract/score'
import { isReferenced, type ReferencedTask, type Task } from '#contract/task'
import { prepareTask, scoreDesign, type PreparedTask } from './score-design.ts'

export interface ScoreJob {
  readonly id: number
  readonly completion: string
  readonly task: Task
  readonly stimulusSeed: number
}
export type JobAnswer = { readonly id: number; readonly report: ScoreReport } | { readonly id: number; readonly unusable: string }

/** References that a worker keeps; least recently used ones go. */
const MAX_PREPARED = 256
const prepared = new Map<string, Promise<PreparedTask>>()

parentPort!.on('message', (job: ScoreJob) => {
  void answer(job)
})

async function answer({ id, completion, task, stimulusSeed }: ScoreJob): Promise<void> {
  let reference: PreparedTask | null
  try {
    reference = isReferenced(task) ? await referenceOf(task) : null
  } catch (error) {
    parentPort!.postMessage({ id, unusable: error instanceof Error ? error.message : String(error) } satisfies JobAnswer)
    return
  }
  parentPort!.postMessage({ id, report: await scoreDesign(completion, task, reference, stimulusSeed) } satisfies JobAnswer)
}

function referenceOf(task: ReferencedTask): Promise<PreparedTask> {
  const key = `${task.id}\n${task.reference}`
  const found = prepared.get(key) ?? prepareTask(task)
  prepared.delete(key)
  prepared.set(key, found)
  if (prepared.size > MAX_PREPARED) prepared.delete(prepared.keys().next().value!)
  return found
}
