import type { SavedView, SavedViews } from '#contract/saved-view'
import { workbench, WorkbenchError } from '../workbench.ts'

/** Views that were saved, and what a person does with them. */
class ViewShelf {
  all = $state.raw<SavedViews['views']>([])
  /** Files that hold none. */
  problems = $state.raw<SavedViews['problems']>([])
  /** Removed last, and not brought back. */
  removed = $state.raw<SavedView | null>(null)
  error = $state.raw<WorkbenchError | null>(null)

  load(): Promise<boolean> {
    return this.#take(() => workbench.call('views.list'))
  }

  /** Each of these: did it go well? */
  save(view: SavedView, isReplacing: boolean): Promise<boolean> {
    return this.#take(() => workbench.call('views.save', view, isReplacing))
  }

  rename(name: string, newName: string): Promise<boolean> {
    return this.#take(() => workbench.call('views.rename', name, newName))
  }

  async remove(view: SavedView): Promise<boolean> {
    const isGone = await this.#take(() => workbench.call('views.remove', view.name))
    if (isGone) this.removed = view
    return isGone
  }

  async undo(): Promise<void> {
    if (this.removed !== null && (await this.save(this.removed, false))) this.removed = null
  }

  async #take(ask: () => Promise<SavedViews>): Promise<boolean> {
    this.error = null
    try {
      const { views, problems } = await ask()
      this.all = views
      this.problems = problems
      return true
    } catch (error) {
      this.error = error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
      return false
    }
  }
}

export const viewShelf = new ViewShelf()
