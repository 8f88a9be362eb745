/** remote.json and link.json of a run directory. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { remoteLinkSchema, remotePlaceSchema, type RemoteLink, type RemotePlace, type RemoteState } from '#contract/remote-run'
import { RUN_FILES } from '#contract/run-directory'

/** Where the run trains; null for one of this computer. */
export function readPlace(directory: string): RemotePlace | null {
  return remotePlaceSchema.safeParse(readJson(join(directory, RUN_FILES.remote))).data ?? null
}

/** Into a run directory that is being made. */
export function writePlace(directory: string, place: RemotePlace): void {
  writeFileSync(join(directory, RUN_FILES.remote), `${JSON.stringify(place, null, 2)}\n`)
}

/** null: it was never launched, or trains here. */
export function readLink(directory: string): RemoteLink | null {
  const file = join(directory, RUN_FILES.link)
  return existsSync(file) ? (remoteLinkSchema.safeParse(readJson(file)).data ?? null) : null
}

/** Renamed into place. */
export function writeLink(directory: string, link: RemoteLink): void {
  const file = join(directory, RUN_FILES.link)
  const beside = `${file}.${process.pid}.partial`
  writeFileSync(beside, `${JSON.stringify(link, null, 2)}\n`)
  renameSync(beside, file)
}

/** null for a run of this computer. */
export function remoteState(directory: string): RemoteState | null {
  const place = readPlace(directory)
  if (place === null) return null
  const link = readLink(directory)
  return {
    host: place.host,
    reachedAt: link?.reachedAt ?? null,
    problem: link?.problem ?? null,
    doing: link?.doing ?? null,
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
