import type { NotesChange } from '#contract/run-notes'
import { workbench, type WorkbenchError } from '../workbench.ts'

/** What a person does with whole runs in the list, and what went wrong with it. */
class RunActions {
  /** Removed last, and not brought back. */
  removed = $state.raw<readonly string[]>([])
  error = $state.raw<WorkbenchError | null>(null)

  async remove(ids: readonly string[]): Promise<void> {
    this.removed = await this.#each(ids, (id) => workbench.call('runs.remove', id))
  }

  async undo(): Promise<void> {
    const back = await this.#each(this.removed, (id) => workbench.call('runs.restore', id))
    this.removed = this.removed.filter((id) => !back.includes(id))
  }

  /** The ids that it went well with. */
  note(ids: readonly string[], change: NotesChange): Promise<readonly string[]> {
    return this.#each(ids, (id) => workbench.call('runs.note', id, change))
  }

  /** One after the other, up to the first that fails. */
  async #each(ids: readonly string[], act: (id: string) => Promise<unknown>): Promise<readonly string[]> {
    this.error = null
    const done: string[] = []
    try {
      for (const id of ids) {
        await act(id)
        done.push(id)
      }
    } catch (error) {
      this.error = error as WorkbenchError
    }
    return done
  }
}

export const runActions = new RunActions()
