import type { Gpu } from '#contract/gpu'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** The graphics cards of the workbench's machine, with the memory that is free now. */
export class Gpus {
  readonly answer = new Latest<readonly Gpu[]>()

  constructor() {
    this.look()
  }

  look(): void {
    void this.answer.ask(() => workbench.call('machine.gpus'))
  }
}
