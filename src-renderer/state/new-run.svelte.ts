import type { PresetInfo } from '#contract/api'
import type { RunConfig } from '#contract/run-config'
import { workbench, WorkbenchError } from '../workbench.ts'

/** The settings of a run that is being prepared: a preset, and what a person changed of it. */
export class RunDraft {
  presets = $state.raw<readonly PresetInfo[]>([])
  preset = $state.raw<PresetInfo | null>(null)
  config = $state.raw<RunConfig | null>(null)
  /** What the workbench refused, with the field that is to be mended. */
  error = $state.raw<WorkbenchError | null>(null)
  isStarting = $state(false)

  constructor() {
    void this.load()
  }

  async load(): Promise<void> {
    try {
      this.presets = await workbench.call('presets.list')
      this.error = null
      if (this.presets[0] && !this.preset) this.choose(this.presets[0].name)
    } catch (error) {
      this.error = asError(error)
    }
  }

  /** Takes all settings of a preset; name and seed stay when a person has set them. */
  choose(name: string): void {
    const next = this.presets.find((preset) => preset.name === name)
    if (!next) return
    const before = { preset: this.preset?.config, config: this.config }
    const isOwn = (key: 'name' | 'seed'): boolean => before.config !== null && before.config[key] !== before.preset?.[key]
    this.preset = next
    this.config = {
      ...next.config,
      ...(isOwn('name') && { name: before.config!.name }),
      ...(isOwn('seed') && { seed: before.config!.seed }),
    }
    this.error = null
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

function asError(error: unknown): WorkbenchError {
  return error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
}
