import { workbench, WorkbenchError } from '../workbench.ts'
import { drawOnce } from './once.ts'

/** The taking in of a run that another program made. */
export class RunImport {
  isBusy = $state(false)
  error = $state.raw<WorkbenchError | null>(null)

  /** The run's id; null when it was refused, then `error` says why. */
  async run(folder: string, name: string | null): Promise<string | null> {
    this.error = null
    this.isBusy = true
    try {
      return (await workbench.call('runs.import', { tool: 'trl', folder, name }, drawOnce())).id
    } catch (error) {
      if (!(error instanceof WorkbenchError)) throw error
      this.error = error
      return null
    } finally {
      this.isBusy = false
    }
  }
}
