/** Runs that a person has removed: they lie aside for a while, whole, so that it can be undone. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'

/** Hidden from whoever lists runs. */
const FOLDER = '.removed'
const KEPT_DAYS = 30
const DAY_MS = 86_400_000

/** Its folder's own time tells since when it lies there. */
export function putAside(runsFolder: string, id: string, now: Date): void {
  mkdirSync(join(runsFolder, FOLDER), { recursive: true })
  const aside = join(runsFolder, FOLDER, id)
  renameSync(join(runsFolder, id), aside)
  utimesSync(aside, now, now)
}

/** And not in its place. */
export function liesAside(runsFolder: string, id: string): boolean {
  return existsSync(join(runsFolder, FOLDER, id)) && !existsSync(join(runsFolder, id))
}

/** Nothing where it is back. Throws Failure run.missing where it does not lie aside any more. */
export function bringBack(runsFolder: string, id: string): void {
  const aside = join(runsFolder, FOLDER, id)
  if (existsSync(join(runsFolder, id))) return
  if (!existsSync(aside)) throw new Failure('run.missing', { run: id })
  renameSync(aside, join(runsFolder, id))
}

/** Deletes what has lain there for more than KEPT_DAYS. */
export function forgetOldRemovals(runsFolder: string, now: Date): void {
  const folder = join(runsFolder, FOLDER)
  if (!existsSync(folder)) return
  for (const id of readdirSync(folder)) {
    const aside = join(folder, id)
    if (now.getTime() - statSync(aside).mtimeMs > KEPT_DAYS * DAY_MS) rmSync(aside, { recursive: true, force: true })
  }
}
