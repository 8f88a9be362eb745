import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** Path -> run -> what its config has there, as JSON; null where it has nothing there. */
export type SettingsOfRuns = Readonly<Record<string, Readonly<Record<string, string | null>>>>

/** What all runs have at some paths of their settings. */
export class RunSettings {
  readonly values = new Latest<SettingsOfRuns>()

  read(paths: readonly string[]): void {
    void this.values.ask(async () =>
      Object.fromEntries(
        await Promise.all(paths.map(async (path) => [path, await workbench.call('runs.settings', path)] as const)),
      ),
    )
  }
}
