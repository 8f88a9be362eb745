import type { RunSyncChange, RunSyncStatus } from '#contract/sync'
import type { OfflineReport, OfflineRequest } from '#contract/wandb-offline'
import { workbench } from '../workbench.ts'
import { Followed } from './followed.svelte.ts'
import { Latest } from './latest.svelte.ts'

/** How far a run is at W&B, read again as long as it is looked at. Close it when it is no longer shown. */
export class FollowedSync {
  readonly status: Followed<RunSyncStatus>
  /** What a person asked for last. */
  readonly asked = new Latest<RunSyncStatus>()
  readonly #runId: string

  constructor(runId: string) {
    this.#runId = runId
    this.status = new Followed(() => workbench.call('sync.status', runId))
  }

  send(): void {
    this.#act(() => this.#wish({ isOn: true }))
  }

  /** To where the settings say by now. */
  sendElsewhere(): void {
    this.#act(async () => {
      const { entity, project, baseUrl } = await workbench.call('sync.settings')
      return this.#wish({ isOn: true, entity, project, baseUrl })
    })
  }

  stop(): void {
    this.#act(() => this.#wish({ isOn: false }))
  }

  retry(): void {
    this.#act(() => workbench.call('sync.retry', this.#runId))
  }

  resendAll(): void {
    this.#act(() => workbench.call('sync.resendAll', this.#runId))
  }

  close(): void {
    this.status.close()
  }

  #wish(change: RunSyncChange): Promise<RunSyncStatus> {
    return workbench.call('sync.wish', this.#runId, change)
  }

  #act(act: () => Promise<RunSyncStatus>): void {
    void this.asked.act(act).then(() => this.status.look())
  }
}

/** A run on its way into a folder for W&B's own tool. */
export class OfflineExport {
  readonly answer = new Latest<OfflineReport>()
  /** Data folder of the workbench. */
  home = $state('')

  constructor() {
    void workbench.call('workbench.info').then(
      ({ home }) => (this.home = home),
      () => {},
    )
  }

  write(run: string, request: OfflineRequest): void {
    this.answer.forget()
    void this.answer.act(() => workbench.call('runs.export-offline', run, request))
  }
}
