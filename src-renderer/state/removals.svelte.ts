import { workbench, type WorkbenchError } from '../workbench.ts'

/** Runs that were removed last, and what went wrong with archiving, removing or bringing back. */
class Removals {
  last = $state.raw<readonly string[]>([])
  error = $state.raw<WorkbenchError | null>(null)

  remove(ids: readonly string[]): Promise<void> {
    return this.#each(ids, 'runs.remove', (done) => (this.last = done))
  }

  undo(): Promise<void> {
    return this.#each(this.last, 'runs.restore', (done) => (this.last = this.last.filter((id) => !done.includes(id))))
  }

  async archive(ids: readonly string[], isArchived: boolean): Promise<void> {
    this.error = null
    try {
      for (const id of ids) await workbench.call('runs.note', id, { isArchived })
    } catch (error) {
      this.error = error as WorkbenchError
    }
  }

  /** One after the other; what was done before one fails is done. */
  async #each(ids: readonly string[], method: 'runs.remove' | 'runs.restore', done: (ids: string[]) => void): Promise<void> {
    this.error = null
    const through: string[] = []
    try {
      for (const id of ids) {
        await workbench.call(method, id)
        through.push(id)
      }
    } catch (error) {
      this.error = error as WorkbenchError
    }
    done(through)
  }
}

export const removals = new Removals()
