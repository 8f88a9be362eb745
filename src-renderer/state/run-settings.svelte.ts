import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** What all runs have at one path of their settings. */
export class RunSettings {
  readonly values = new Latest<{ readonly path: string; readonly ofRun: Readonly<Record<string, string | null>> }>()

  read(path: string): void {
    void this.values.ask(async () => ({ path, ofRun: await workbench.call('runs.settings', path) }))
  }
}
