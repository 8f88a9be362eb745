import type { PresetInfo } from '#contract/api'
import type { AlgorithmName, RunConfig } from '#contract/run-config'
import { workbench, WorkbenchError } from '../workbench.ts'

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

  /** null: the preset's. */
  readonly #dataset: string | null
  readonly #model: string | null

  constructor(dataset: string | null = null, model: string | null = null) {
    this.#dataset = dataset
    this.#model = model
    void this.load()
  }

  async load(): Promise<void> {
    try {
      this.presets = await workbench.call('presets.list')
      this.error = null
      const first = this.presets.find((preset) => preset.name === FIRST_PRESET) ?? this.presets[0]
      if (first && !this.preset) this.choose(first.name)
    } catch (error) {
      this.error = asError(error)
    }
  }

  /** Takes all settings of a preset; name and seed stay when a person has set them, and the data set and the model that it began with. */
  choose(name: string): void {
    const next = this.presets.find((preset) => preset.name === name)
    if (!next) return
    const before = { preset: this.preset?.config, config: this.config }
    const isOwn = (key: 'name' | 'seed'): boolean => before.config !== null && before.config[key] !== before.preset?.[key]
    this.preset = next
    this.config = {
      ...next.config,
      ...(this.#dataset !== null && { dataset: { id: this.#dataset, hash: '' } }),
      ...(this.#model !== null && { model: this.#model }),
      ...(isOwn('name') && { name: before.config!.name }),
      ...(isOwn('seed') && { seed: before.config!.seed }),
    }
    this.error = null
  }

  /** The preset of the other algorithm that is made alike (`starter-grpo` -> `starter-ppo`), else the first one of it. */
  chooseAlgorithm(algorithm: AlgorithmName): void {
    const fitting = this.presets.filter((preset) => preset.config.algorithm.name === algorithm)
    const next = fitting.find((preset) => stemOf(preset) === (this.preset && stemOf(this.preset))) ?? fitting[0]
    if (next) this.choose(next.name)
  }

  change(config: RunConfig): void {
    this.config = config
    this.error = null
  }

  /** Id of the run that was started; null when it was refused, then `error` says why. Nothing that was typed is lost. */
  async start(): Promise<string | null> {
    if (!this.config) return null
    this.isStarting = true
    this.error = null
    try {
      return (await workbench.call('runs.create', this.config)).id
    } catch (error) {
      this.error = asError(error)
      return null
    } finally {
      this.isStarting = false
    }
  }
}

/** `starter` of `starter-reinforce-plus-plus`. */
function stemOf({ name, config }: PresetInfo): string {
  return name.replace(`-${config.algorithm.name.replaceAll('_', '-')}`, '')
}

function asError(error: unknown): WorkbenchError {
  return error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
}
