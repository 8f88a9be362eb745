/** The list of data sets that may be simulated without a sandbox. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { allowedSourcesSchema, type AllowedSources } from '#contract/allowed-sources'
import { Failure } from '#contract/failure'

/** Throws Failure config.unreadable: a list that cannot be read allows nothing, and is not written over. */
export function readAllowedSources(file: string): AllowedSources['sources'] {
  if (!existsSync(file)) return []
  try {
    return allowedSourcesSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).sources
  } catch (error) {
    throw new Failure('config.unreadable', { file, reason: (error as Error).message }, { cause: error })
  }
}

/** Adds the data set to the list, or takes it off, and gives the list. */
export function setAllowed(file: string, dataset: string, isAllowed: boolean, now: Date): AllowedSources['sources'] {
  const others = readAllowedSources(file).filter((source) => source.dataset !== dataset)
  const sources = isAllowed ? [...others, { dataset, allowedAt: now.toISOString() }] : others
  writeFileSync(`${file}.new`, `${JSON.stringify({ schemaVersion: 1, sources } satisfies AllowedSources, null, 2)}\n`)
  renameSync(`${file}.new`, file)
  return sources
}
