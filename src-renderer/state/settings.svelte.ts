import type { DoctorReport, WorkbenchInfo } from '#contract/api'
import type { AllowedSources } from '#contract/allowed-sources'
import type { StorageReport } from '#contract/storage'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** What the workbench says about itself and its machine. */
export class Settings {
  readonly info = new Latest<WorkbenchInfo>()
  readonly doctor = new Latest<DoctorReport>()
  readonly storage = new Latest<StorageReport>()
  readonly allowed = new Latest<AllowedSources['sources']>()

  constructor() {
    void this.info.ask(() => workbench.call('workbench.info'))
    void this.allowed.ask(() => workbench.call('datasets.allowed'))
    this.refresh()
  }

  /** What an installation changes. */
  refresh(): void {
    this.measure()
    this.examine()
  }

  /** Takes some seconds. */
  examine(): void {
    void this.doctor.ask(() => workbench.call('doctor.report'))
  }

  measure(): void {
    void this.storage.ask(() => workbench.call('workbench.storage'))
  }

  allow(dataset: string, isAllowed: boolean): void {
    void this.allowed.act(() => workbench.call('datasets.allow', dataset, isAllowed))
  }
}
