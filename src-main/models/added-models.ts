/** Model folders that a person added by their path. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Failure } from '#contract/failure'
import { addedModelsSchema, type AddedModels } from '#contract/known-models'

/** Throws Failure config.unreadable: a list that cannot be read is not written over. */
export function readAddedModels(file: string): AddedModels['models'] {
  if (!existsSync(file)) return []
  try {
    return addedModelsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).models
  } catch (error) {
    throw new Failure('config.unreadable', { file, reason: (error as Error).message }, { cause: error })
  }
}

/** Adds the folder to the list, or takes it off. */
export function setAdded(file: string, path: string, isAdded: boolean, now: Date): void {
  const others = readAddedModels(file).filter((model) => model.path !== path)
  const models = isAdded ? [...others, { path, addedAt: now.toISOString() }] : others
  writeFileSync(`${file}.new`, `${JSON.stringify({ schemaVersion: 1, models } satisfies AddedModels, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}
