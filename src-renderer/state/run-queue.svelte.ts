import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** Runs that wait for their turn, the next one first. */
export class RunQueue {
  readonly order = new Latest<readonly string[]>()

  /** To be called again when a run begins to wait or waits no longer. */
  read(): void {
    void this.order.ask(() => workbench.call('runs.queue'))
  }

  /** Before all others that wait. Where the workbench cannot be asked it waits at its place, which is no reason to say that it was not made. */
  async putFirst(id: string): Promise<void> {
    await this.order.act(async () => {
      const waiting = await workbench.call('runs.queue')
      if (!waiting.includes(id) || waiting[0] === id) return waiting
      return workbench.call('runs.reorder', [id, ...waiting.filter((one) => one !== id)])
    })
  }

  move(id: string, places: number): void {
    const ids = (this.order.value ?? []).filter((one) => one !== id)
    const at = (this.order.value ?? []).indexOf(id)
    const wanted = ids.toSpliced(Math.max(0, at + places), 0, id)
    void this.order.act(() => workbench.call('runs.reorder', wanted))
  }
}
