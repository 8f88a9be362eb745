/** The worker's side of the pool: one job at a time, references prepared once. */
import { parentPort } from 'node:worker_threads'
import type { ScoreReport } from '#contract/score'
import type { Task } from '#contract/task'
import { prepareTask, type PreparedTask } from './prepared-task.ts'
import { scoreDesign, type DesignJob } from './score-design.ts'

export interface ScoreJob extends DesignJob {
  readonly id: number
}
export type JobAnswer = { readonly id: number; readonly report: ScoreReport } | { readonly id: number; readonly unusable: string }

/** References that a worker keeps; least recently used ones go. */
const MAX_PREPARED = 256
const prepared = new Map<string, Promise<PreparedTask | null>>()

parentPort!.on('message', (job: ScoreJob) => {
  void answer(job)
})

async function answer({ id, ...job }: ScoreJob): Promise<void> {
  let reference: PreparedTask | null
  try {
    reference = await referenceOf(job.task)
  } catch (error) {
    parentPort!.postMessage({ id, unusable: error instanceof Error ? error.message : String(error) } satisfies JobAnswer)
    return
  }
  parentPort!.postMessage({ id, report: await scoreDesign(job, reference) } satisfies JobAnswer)
}

function referenceOf(task: Task): Promise<PreparedTask | null> {
  const key = `${task.id}\n${task.reference}\n${JSON.stringify(task.stimulus)}`
  const found = prepared.get(key) ?? prepareTask(task)
  prepared.delete(key)
  prepared.set(key, found)
  if (prepared.size > MAX_PREPARED) prepared.delete(prepared.keys().next().value!)
  return found
}
