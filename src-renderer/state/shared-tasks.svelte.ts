import type { CompletionSource } from '#contract/completion-source'
import type { RunCompletions, SharedTasks } from '#contract/shared-tasks'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** Tasks that several runs wrote completions for, and what each wrote for one of them. */
export class SharedTaskReader {
  readonly tasks = new Latest<SharedTasks & { readonly runIds: readonly string[] }>()
  readonly completions = new Latest<{ readonly taskId: string; readonly ofRuns: readonly RunCompletions[] }>()

  look(runIds: readonly string[]): void {
    void this.tasks.ask(async () => ({ runIds, ...(await workbench.call('rollouts.shared-tasks', [...runIds])) }))
  }

  read(runIds: readonly string[], source: CompletionSource, taskId: string): void {
    void this.completions.ask(async () => {
      const ofRuns = await workbench.call('rollouts.of-shared-task', [...runIds], source, taskId)
      return { taskId, ofRuns }
    })
  }
}
