/**
 * A repository of a hub becomes a model folder. Files gather in `<folder>.download`; the folder gets its name when all of them are whole, so that
 * a folder with the model's name is always a whole model.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, readdir, rename, rm, rmdir, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract/failure'
import { isRepository, modelSourceSchema, type DownloadedModel, type ModelSource } from '#contract/model-download'
import { chooseFiles, OWN_FILES, type HubFile } from './chosen-files.ts'
import { fetchFile, partOf } from './fetch-file.ts'
import type { Hub } from './hub.ts'

export interface DownloadOrder {
  /** owner/name */
  readonly repository: string
  /** Branch, tag or commit. */
  readonly revision: string
  readonly folder: string
  readonly onProgress: (file: string | null, doneBytes: number, totalBytes: number) => void
  readonly stop: AbortSignal
}

/** Of what is whole already: file -> its checksum in the list, and its SHA-256. */
const stateSchema = z.record(z.string(), z.object({ listed: z.string(), sha256: z.string() }))
type State = z.infer<typeof stateSchema>

/** Throws Failure arguments.invalid and the download.* of its parts. A second call goes on where the first was interrupted. */
export async function downloadModel(hub: Hub, order: DownloadOrder): Promise<DownloadedModel> {
  const { repository, folder, onProgress } = order
  checkRepository(repository)
  onProgress(null, 0, 0)
  const { revision, licence } = await hub.model(repository, order.revision)
  const { files, skipped } = chooseFiles(await hub.files(repository, revision), repository, hub.host)
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const present = presentSource(folder, revision, files)
  if (present !== null) return { folder, source: present, totalBytes, skipped }
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Failure('download.occupied', { folder })

  const work = `${folder}.download`
  await mkdir(work, { recursive: true })
  const hashes = await fetchAll(hub, { ...order, revision, work, files, totalBytes })
  const source: ModelSource = { origin: `${hub.settings.endpoint}/${repository}`, revision, licence, files: hashes }
  await writeFile(join(work, OWN_FILES.source), `${JSON.stringify(source, null, 2)}\n`)
  await removeOthers(work, [...files.map(({ path }) => path), OWN_FILES.source])
  if (existsSync(folder)) await rmdir(folder)
  await rename(work, folder)
  return { folder, source, totalBytes, skipped }
}

/** Folder of a repository's model: `owner/name` -> `owner--name`. Throws Failure arguments.invalid. */
export function folderName(repository: string): string {
  checkRepository(repository)
  return repository.replace('/', '--')
}

function checkRepository(repository: string): void {
  if (isRepository(repository)) return
  throw new Failure('arguments.invalid', { problem: `A model of a hub is named owner/name, not "${repository}".` })
}

interface Fetching extends DownloadOrder {
  readonly work: string
  readonly files: readonly HubFile[]
  readonly totalBytes: number
}

/** File -> SHA-256. */
async function fetchAll(hub: Hub, fetching: Fetching): Promise<Record<string, string>> {
  const { work, files, totalBytes, repository, revision, stop, onProgress } = fetching
  const state = readState(work, files)
  await checkSpace(work, files, state)
  let doneBytes = 0
  for (const file of files) {
    stop.throwIfAborted()
    if (state[file.path] === undefined) {
      const onFile = (bytes: number): void => onProgress(file.path, doneBytes + bytes, totalBytes)
      const sha256 = await fetchFile(hub, { repository, revision, file, folder: work, onProgress: onFile, stop })
      state[file.path] = { listed: file.checksum.hex, sha256 }
      await writeState(work, state)
    }
    doneBytes += file.bytes
    onProgress(file.path, doneBytes, totalBytes)
  }
  return Object.fromEntries(files.map(({ path }) => [path, state[path]!.sha256]))
}

/** The state of an earlier try, as far as it is of the files of this one. */
function readState(work: string, files: readonly HubFile[]): State {
  let state: State
  try {
    state = stateSchema.parse(JSON.parse(readFileSync(join(work, OWN_FILES.state), 'utf8')))
  } catch {
    return {}
  }
  const isWhole = ({ path, bytes, checksum }: HubFile): boolean =>
    Object.hasOwn(state, path) && state[path]!.listed === checksum.hex && sizeOf(join(work, path)) === bytes
  return Object.fromEntries(files.filter(isWhole).map(({ path }) => [path, state[path]!]))
}

async function writeState(work: string, state: State): Promise<void> {
  const file = join(work, OWN_FILES.state)
  await writeFile(`${file}.new`, JSON.stringify(state))
  await rename(`${file}.new`, file)
}

async function checkSpace(work: string, files: readonly HubFile[], state: State): Promise<void> {
  const missing = files
    .filter(({ path }) => state[path] === undefined)
    .reduce((sum, file) => sum + file.bytes - Math.min(file.bytes, sizeOf(partOf({ folder: work, file }))), 0)
  const { bavail, bsize } = await statfs(work)
  if (missing > bavail * bsize) throw new Failure('download.no-space', { folder: work, needGb: (missing / 1e9).toFixed(1) })
}

/** What an earlier download left in the folder, if it is this revision and whole. */
function presentSource(folder: string, revision: string, files: readonly HubFile[]): ModelSource | null {
  const file = join(folder, OWN_FILES.source)
  if (!existsSync(file)) return null
  let source: ModelSource
  try {
    source = modelSourceSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
  const isWhole = files.every(({ path, bytes }) => sizeOf(join(folder, path)) === bytes)
  return source.revision === revision && isWhole ? source : null
}

async function removeOthers(work: string, kept: readonly string[]): Promise<void> {
  for (const name of await readdir(work)) if (!kept.includes(name)) await rm(join(work, name), { recursive: true })
}

/** 0 for what is not there. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
