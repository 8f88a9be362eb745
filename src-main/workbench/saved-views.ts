/** Views that a person saved: a file each. The name in the file is what a view is known by; the file's own name only follows it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Api } from '#contract/api'
import { Failure } from '#contract/failure'
import { savedViewSchema, type SavedView, type SavedViews } from '#contract/saved-view'

export type ViewMethod = Extract<keyof Api, `views.${string}`>

/** Each gives all views as they are afterwards. */
export function viewHandlers(folder: string): Pick<Api, ViewMethod> {
  return {
    'views.list': async () => readViews(folder),
    'views.save': async (view, isReplacing) => saveView(folder, view, isReplacing),
    'views.rename': async (name, newName) => renameView(folder, name, newName),
    'views.remove': async (name) => removeView(folder, name),
  }
}

/** A file that holds no view is named and passed over. */
export function readViews(folder: string): SavedViews {
  const { fileByName, views, problems } = readFolder(folder)
  return { views: [...fileByName.keys()].sort((a, b) => a.localeCompare(b)).map((name) => views.get(name)!), problems }
}

/** Throws Failure view.exists where another has the name and is not to be replaced. */
export function saveView(folder: string, view: SavedView, isReplacing: boolean): SavedViews {
  mkdirSync(folder, { recursive: true })
  const file = readFolder(folder).fileByName.get(view.name)
  if (file !== undefined && !isReplacing) throw new Failure('view.exists', { name: view.name })
  write(file ?? freeFile(folder, view.name), view)
  return readViews(folder)
}

/** Throws Failure view.missing, and view.exists where another has the new name. */
export function renameView(folder: string, name: string, newName: string): SavedViews {
  const { fileByName, views } = readFolder(folder)
  const file = fileByName.get(name)
  if (file === undefined) throw new Failure('view.missing', { name })
  if (newName === name) return readViews(folder)
  if (fileByName.has(newName)) throw new Failure('view.exists', { name: newName })
  // The new file first: whoever is cut off in between has it under both names, and lost nothing.
  write(freeFile(folder, newName), { ...views.get(name)!, name: newName })
  rmSync(file)
  return readViews(folder)
}

/** Throws Failure view.missing. */
export function removeView(folder: string, name: string): SavedViews {
  const file = readFolder(folder).fileByName.get(name)
  if (file === undefined) throw new Failure('view.missing', { name })
  rmSync(file)
  return readViews(folder)
}

interface ReadFolder {
  readonly views: Map<string, SavedView>
  readonly fileByName: Map<string, string>
  readonly problems: { file: string; problem: string }[]
}

function readFolder(folder: string): ReadFolder {
  const read: ReadFolder = { views: new Map(), fileByName: new Map(), problems: [] }
  if (!existsSync(folder)) return read
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith('.json')) readInto(read, join(folder, name))
  }
  return read
}

function readInto({ views, fileByName, problems }: ReadFolder, file: string): void {
  try {
    const view = savedViewSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    const other = fileByName.get(view.name)
    if (other !== undefined) return void problems.push({ file, problem: `its view has the same name as that in ${other}` })
    views.set(view.name, view)
    fileByName.set(view.name, file)
  } catch (error) {
    problems.push({ file, problem: problemOf(error) })
  }
}

function problemOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return `it cannot be read: ${(error as Error).message}`
  const [{ path, message } = { path: [], message: 'it is no view' }] = error.issues
  return path.length === 0 ? message : `${path.join('.')}: ${message}`
}

/** `grpo-against-ppo.json`; names of which nothing fits into a file name, or that share what fits, are numbered. */
function freeFile(folder: string, name: string): string {
  const words = name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  const stem = words.replace(/^-|-$/g, '').slice(0, 80) || 'view'
  for (let number = 1; ; number++) {
    const file = join(folder, number === 1 ? `${stem}.json` : `${stem}-${number}.json`)
    if (!existsSync(file)) return file
  }
}

function write(file: string, view: SavedView): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(view, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}
