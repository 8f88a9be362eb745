import type { CompletionSource } from '#contract/completion-source'
import type { RolloutRecord } from '#contract/journal'
import type { TaskStep } from '#contract/same-task'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

export interface TaskOfRun {
  readonly runId: string
  readonly taskId: string
  readonly steps: readonly TaskStep[]
}

/** What a run wrote for a task in one of its sources, and one completion of that. */
export class SamePrompt {
  readonly steps = new Latest<TaskOfRun>()
  readonly other = new Latest<{ readonly runId: string; readonly rollout: RolloutRecord }>()

  look(runId: string, taskId: string, source: CompletionSource): void {
    void this.steps.ask(async () => ({ runId, taskId, steps: await workbench.call('rollouts.of-task', runId, taskId, source) }))
  }

  read(runId: string, step: number, index: number, source: CompletionSource): void {
    void this.other.ask(async () => ({ runId, rollout: await workbench.call('rollouts.read', runId, step, index, source) }))
  }
}
