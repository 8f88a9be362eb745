import type { PresetInfo } from '#contract/api'
import type { AlgorithmName, RunConfig } from '#contract/run-config'
import { workbench, WorkbenchError } from '../workbench.ts'
import { Draft } from './draft.svelte.ts'
import { siblingOf } from './form-arms.ts'
import { drawOnce } from './once.ts'
import { readTypedRun, type TypedRun } from './run-form.ts'
import { changesOf, withChanges } from './setting-changes.ts'
import { whenReached } from './when-reached.ts'

/** What a person sees first: it needs nothing that does not come with VeriTune. */
const FIRST_PRESET = 'starter-grpo'

/** The settings of a run that is being prepared: a preset, and what a person changed of it. */
export class RunDraft {
  presets = $state.raw<readonly PresetInfo[]>([])
  preset = $state.raw<PresetInfo | null>(null)
  config = $state.raw<RunConfig | null>(null)
  /** What the workbench refused, with the field that is to be mended. */
  error = $state.raw<WorkbenchError | null>(null)
  isStarting = $state(false)
  readonly kept: Draft<TypedRun>
  /** Kept ones that fit nowhere any more. */
  unknownSettings = $state.raw<readonly string[]>([])
  /** The act by which just these settings were sent, when no answer came. */
  asked = $state<string | null>(null)
  host = $state<string | null>(null)

  /** null: the preset's. */
  readonly #dataset: string | null
  readonly #model: string | null

  constructor(dataset: string | null = null, model: string | null = null) {
    this.#dataset = dataset
    this.#model = model
    const first = { of: FIRST_PRESET, changes: {}, once: null }
    this.kept = new Draft<TypedRun>(`run/${dataset ?? ''}/${model ?? ''}`, 1, first, readTypedRun)
    void this.load()
  }

  async load(): Promise<void> {
    try {
      this.presets = await workbench.call('presets.list')
      this.error = null
      if (!this.preset) this.#begin()
    } catch (error) {
      this.error = asError(error)
      if (this.error.code === 'connection.lost') whenReached(() => void this.load())
    }
  }

  /** Where the page was left, else with the first preset. */
  #begin(): void {
    const { found } = this.kept
    const preset = this.presets.find(({ name }) => name === found?.of)
    const first = preset ?? this.presets.find(({ name }) => name === FIRST_PRESET) ?? this.presets[0]
    if (!first) return
    this.#take(first, this.#settingsOf(first))
    if (found === null) return
    const { after, unknown } = withChanges(this.config!, found.changes)
    this.config = after
    this.unknownSettings = preset ? unknown : [`preset ${found.of}`]
    this.asked = found.once
    this.host = found.host ?? null
  }

  /** Forgets what was typed. */
  discard(): void {
    this.kept.done()
    this.preset = null
    this.config = null
    this.asked = null
    this.host = null
    this.unknownSettings = []
    this.error = null
    const first = this.presets.find(({ name }) => name === FIRST_PRESET) ?? this.presets[0]
    if (first) this.#take(first, this.#settingsOf(first))
  }

  /** Takes all settings of a preset; name and seed stay when a person has set them, and the data set and the model that it began with. */
  choose(name: string): void {
    const next = this.presets.find((preset) => preset.name === name)
    if (!next) return
    const before = { preset: this.preset?.config, config: this.config }
    const isOwn = (key: 'name' | 'seed'): boolean => before.config !== null && before.config[key] !== before.preset?.[key]
    this.#take(next, {
      ...this.#settingsOf(next),
      ...(isOwn('name') && { name: before.config!.name }),
      ...(isOwn('seed') && { seed: before.config!.seed }),
    })
    this.change(this.config!)
  }

  #settingsOf({ config }: PresetInfo): RunConfig {
    return {
      ...config,
      ...(this.#dataset !== null && { dataset: { id: this.#dataset, hash: '' } }),
      ...(this.#model !== null && { model: this.#model }),
    }
  }

  #take(preset: PresetInfo, config: RunConfig): void {
    this.preset = preset
    this.config = config
    this.error = null
  }

  /** The preset of the other algorithm that is made alike (`starter-grpo` -> `starter-ppo`), else the first one of it. */
  chooseAlgorithm(algorithm: AlgorithmName): void {
    const next = siblingOf(this.preset, algorithm, this.presets)
    if (next) this.choose(next.name)
  }

  /** Does all stand as the form begins? */
  get isUntouched(): boolean {
    const { preset, config } = this
    return !preset || !config || (preset.name === FIRST_PRESET && Object.keys(changesOf(preset.config, config)).length === 0)
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

  #keep(): void {
    const { preset, config, asked, host } = this
    if (!preset || !config) return
    const changes = changesOf(this.#settingsOf(preset), config)
    this.kept.keep({ of: preset.name, changes, once: asked, ...(host !== null && { host }) })
  }

  /** Id of the run that was started; null when it was refused, then `error` says why. Nothing that was typed is lost. */
  async start(): Promise<string | null> {
    if (!this.config) return null
    this.isStarting = true
    this.error = null
    this.asked ??= drawOnce()
    this.#keep()
    try {
      const { id } = await workbench.call('runs.create', this.config, this.asked, this.host)
      this.kept.done()
      this.asked = null
      return id
    } catch (error) {
      this.error = asError(error)
      // Where no answer came it may have been made: the same act makes no second one.
      if (this.error.code !== 'connection.unanswered') this.asked = null
      this.#keep()
      return null
    } finally {
      this.isStarting = false
    }
  }
}

function asError(error: unknown): WorkbenchError {
  return error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
}
