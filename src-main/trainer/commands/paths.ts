/** Where the trainer finds what ships with it, and what a config's short names mean. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** VERITUNE_RESOURCES, else the checkout's own folder. */
export function resourcesFolder(): string {
  return process.env.VERITUNE_RESOURCES ?? join(import.meta.dirname, '../../../resources')
}

export function modelFolder(model: string): string {
  return model === 'starter' ? join(resourcesFolder(), 'starter/model') : model
}

export function datasetFile(id: string): string {
  return id === 'starter' ? join(resourcesFolder(), 'starter/tasks.jsonl') : id
}

export function hasStarterModel(): boolean {
  return existsSync(join(modelFolder('starter'), 'model.safetensors'))
}
