import type { PresetInfo } from '#contract/api'
import { workbench } from '../workbench.ts'

export function workbenchPresets(): Promise<PresetInfo[]> {
  return workbench.call('presets.list')
}
