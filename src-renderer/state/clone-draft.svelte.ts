import type { CloneOrigin } from '#contract/clone'
import type { RunConfig } from '#contract/run-config'
import type { PresetInfo } from '#contract/api'
import { workbench, WorkbenchError } from '../workbench.ts'
import { changedSettings, checkpointUpTo, firstSettings, withAlgorithmOf } from './clone-settings.ts'
import { Draft } from './draft.svelte.ts'
import { drawOnce } from './once.ts'
import { readTypedRun, type TypedRun } from './run-form.ts'
import { changesOf, withChanges } from './setting-changes.ts'
import { whenReached } from './when-reached.ts'

/** A run that goes on from a checkpoint of another: its settings, and what a person changed of them. */
export class CloneDraft {
  origin = $state.raw<CloneOrigin | null>(null)
  config = $state.raw<RunConfig | null>(null)
  presets = $state.raw<readonly PresetInfo[]>([])
  /** What the workbench refused, with the field that is to be mended. */
  error = $state.raw<WorkbenchError | null>(null)
  isStarting = $state(false)
  readonly kept: Draft<TypedRun>
  /** Kept ones that fit nowhere any more. */
  unknownSettings = $state.raw<readonly string[]>([])
  /** The act by which just these settings were sent, when no answer came. */
  asked = $state<string | null>(null)
  host = $state<string | null>(null)
  readonly #runId: string
  readonly #step: number | null

  /** step: the checkpoint is the last one up to it; null: the newest. */
  constructor(runId: string, step: number | null) {
    this.#runId = runId
    this.#step = step
    this.kept = new Draft<TypedRun>(`clone/${runId}`, 1, { of: '', changes: {}, once: null }, readTypedRun)
    void this.#load(this.kept.found)
  }

  /** Another checkpoint of the same run; what was changed stays changed. */
  async chooseStep(step: number): Promise<void> {
    const before = { origin: this.origin, config: this.config }
    await this.#try(async () => {
      const origin = await workbench.call('runs.origin', this.#runId, step)
      const changes = before.origin && before.config ? changedSettings(firstSettings(before.origin), before.config) : {}
      this.origin = origin
      this.change({ ...firstSettings(origin), ...changes })
    })
  }

  /** The settings of that algorithm as its presets have them; all others stay. */
  chooseAlgorithm(name: RunConfig['algorithm']['name']): void {
    if (this.config && this.origin) this.change(withAlgorithmOf(name, this.config, this.origin, this.presets))
  }

  chooseHost(host: string | null): void {
    this.host = host
    if (this.config) this.change(this.config)
  }

  change(config: RunConfig): void {
    this.config = config
    this.error = null
    this.asked = null
    this.#keep()
  }

  /** Forgets what was typed. */
  discard(): void {
    this.kept.done()
    this.asked = null
    this.host = null
    this.unknownSettings = []
    void this.#load(null)
  }

  #keep(): void {
    const { origin, config, asked, host } = this
    if (!origin || !config) return
    const changes = changesOf(firstSettings(origin), config)
    if (Object.keys(changes).length === 0 && asked === null && host === null) this.kept.done()
    else this.kept.keep({ of: String(origin.step), changes, once: asked, ...(host !== null && { host }) })
  }

  /** What was typed before the page went away, over the checkpoint that it was typed for. */
  #restore({ changes, once, host }: TypedRun): void {
    const algorithm = changes['algorithm.name'] as RunConfig['algorithm']['name'] | undefined
    if (algorithm !== undefined) this.config = withAlgorithmOf(algorithm, this.config!, this.origin!, this.presets)
    const { after, unknown } = withChanges(this.config!, changes)
    this.config = after
    this.unknownSettings = unknown
    this.asked = once
    this.host = host ?? null
  }

  /** Id of the run that was started; null when it was refused, then `error` says why. */
  async start(): Promise<string | null> {
    const { origin, config } = this
    if (!origin || !config) return null
    let id: string | null = null
    this.isStarting = true
    this.asked ??= drawOnce()
    this.#keep()
    await this.#try(async () => {
      const overrides = changedSettings(origin.config, config)
      id = (await workbench.call('runs.clone', { run: origin.run, step: origin.step, overrides }, this.asked!, this.host)).id
    })
    this.isStarting = false
    if (id !== null) {
      this.kept.done()
      this.asked = null
    } else {
      // Where no answer came it may have been made: the same act makes no second one.
      if (this.error?.code !== 'connection.unanswered') this.asked = null
      this.#keep()
    }
    return id
  }

  async #load(found: TypedRun | null): Promise<void> {
    await this.#try(async () => {
      const newest = await workbench.call('runs.origin', this.#runId, null)
      const wanted = checkpointUpTo(newest.checkpoints, found === null ? this.#step : Number(found.of))
      const origin = wanted === newest.step ? newest : await workbench.call('runs.origin', this.#runId, wanted)
      this.presets = await workbench.call('presets.list')
      this.origin = origin
      this.config = firstSettings(origin)
      if (found !== null) this.#restore(found)
    })
    if (this.error?.code === 'connection.lost') whenReached(() => void this.#load(found))
  }

  async #try(act: () => Promise<void>): Promise<void> {
    this.error = null
    try {
      await act()
    } catch (error) {
      this.error = error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
    }
  }
}
