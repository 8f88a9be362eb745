/** What the models of runs wrote: rollouts of steps, and of evaluations. */
import type { StoredRollouts } from '#contract/api'
import type { CompletionSource } from '#contract/completion-source'
import { Failure } from '#contract/failure'
import type { RolloutRecord } from '#contract/journal'
import { evaluationFile } from '#contract/run-directory'
import type { TaskStep } from '#contract/same-task'
import type { StoredRun } from '#store/records'
import type { Store } from '#store/store'
import { evaluationRollouts, taskStepOf } from './evaluation-rollouts.ts'
import { readRollout } from './read-journal.ts'
import { readRolloutFile, stepFile } from './rollout-file.ts'

/** Of which the completions for a task are looked at. */
const MOST_EVALUATIONS = 50
const PASS_AT_1 = 'eval/pass@1'

export class Completions {
  readonly #store: Store
  readonly #directory: (run: string) => string

  constructor(store: Store, directory: (run: string) => string) {
    this.#store = store
    this.#directory = directory
  }

  /** All rollouts of a step, or of the evaluation at a step. Throws Failure run.missing. */
  async ofStep(id: string, step: number, source: CompletionSource = 'training'): Promise<StoredRollouts> {
    const run = await this.#run(id)
    if (source === 'evaluation') return readRolloutFile(this.#directory(id), evaluationFile(step))
    const rows = await this.#store.rolloutsOf(id, step)
    const read = await readRolloutFile(this.#directory(id), rows[0]?.file ?? stepFile(step))
    // Of a step that the run went back on a file may still lie there.
    const known = new Set(rows.map(({ index }) => index))
    const records = read.records.filter((record) => record.step === step && known.has(record.index))
    return { ...read, records, unreadable: step > run.step ? 0 : read.unreadable }
  }

  /** One of them. Throws Failure run.missing, rollout.missing. */
  async one(id: string, step: number, index: number, source: CompletionSource = 'training'): Promise<RolloutRecord> {
    if (source === 'evaluation') {
      const evaluated = (await this.ofStep(id, step, source)).records.find((one) => one.index === index)
      if (evaluated !== undefined) return evaluated
      throw new Failure('rollout.missing', { run: id, step: `${step} (evaluation)`, index })
    }
    await this.#run(id)
    const row = await this.#store.rollout(id, step, index)
    if (row === null) throw new Failure('rollout.missing', { run: id, step, index })
    return readRollout(this.#directory(id), row)
  }

  /** Evaluations with completions for a task, the newest first; so many of them at most. Throws Failure run.missing. */
  async evaluationsOfTask(id: string, taskId: string): Promise<TaskStep[]> {
    await this.#run(id)
    // The journal may have gone back on an evaluation whose file still lies there.
    const [evaluated] = await this.#store.metrics(id, [PASS_AT_1], Number.MAX_SAFE_INTEGER)
    const steps = (evaluated?.steps ?? []).slice(-MOST_EVALUATIONS).toReversed()
    const read = steps.map(async (step) => ({ step, rollouts: await evaluationRollouts(this.#directory(id), step, taskId) }))
    return (await Promise.all(read)).filter(({ rollouts }) => rollouts.length > 0).map(taskStepOf)
  }

  async #run(id: string): Promise<StoredRun> {
    const run = await this.#store.run(id)
    if (run === null) throw new Failure('run.missing', { run: id })
    return run
  }
}
