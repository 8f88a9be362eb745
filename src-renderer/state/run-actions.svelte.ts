import type { NotesChange } from '#contract/run-notes'
import { workbench, type WorkbenchError } from '../workbench.ts'
import { Kept, keptIds } from './kept.svelte.ts'

/** What a person does with whole runs in the list, and what went wrong with it. */
class RunActions {
  readonly #removed = new Kept('runs-removed', keptIds)
  error = $state.raw<WorkbenchError | null>(null)

  /** Removed last, and not brought back: also after the page was read anew. */
  get removed(): readonly string[] {
    return this.#removed.value
  }

  async remove(ids: readonly string[]): Promise<void> {
    // Kept before: where the page goes away meanwhile, each that is gone can be brought back.
    this.#removed.set(ids)
    const removed = await this.#each(ids, (id) => workbench.call('runs.remove', id))
    this.#removed.set(removed)
  }

  async undo(): Promise<void> {
    const back = await this.#each(this.removed, (id) => workbench.call('runs.restore', id))
    this.#removed.set(this.removed.filter((id) => !back.includes(id)))
  }

  /** They stay removed. */
  leave(): void {
    this.#removed.set([])
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
