import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** Runs that wait for their turn, the next one first. */
export class RunQueue {
  readonly order = new Latest<readonly string[]>()

  /** To be called again when a run begins to wait or waits no longer. */
  read(): void {
    void this.order.ask(() => workbench.call('runs.queue'))
  }

  move(id: string, places: number): void {
    const ids = (this.order.value ?? []).filter((one) => one !== id)
    const at = (this.order.value ?? []).indexOf(id)
    const wanted = ids.toSpliced(Math.max(0, at + places), 0, id)
    void this.order.act(() => workbench.call('runs.reorder', wanted))
  }
}
