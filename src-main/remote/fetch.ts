/** Files and folders of a run on a host, brought here beside and renamed into place. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { insidePath } from '#contract/far-end'
import type { FarEnd } from './far-end.ts'
import { PlacedBytes } from './placed-bytes.ts'

const PART_BYTES = 1024 * 1024
/** In a folder that is being brought: which contents its files are parts of. */
const STAMPS = '.stamps.json'
/** As the trainer calls one that is going away. */
const GOING = '.removed'

type Far = Pick<FarEnd, 'read' | 'list'>

/** What a host names is not believed: only what lies inside the run directory is written here. */
function isInside(name: string): boolean {
  return insidePath.safeParse(name).success
}

/** Nothing where it is not there any more. Throws Failure disk.full, remote.*. */
export async function fetchFile(far: Far, directory: string, name: string): Promise<void> {
  if (!isInside(name)) return
  const target = join(directory, name)
  // The same name at the next try: what a kill left is written over.
  const beside = `${target}.partial`
  mkdirSync(dirname(target), { recursive: true })
  for (;;) {
    rmSync(beside, { force: true })
    const found = await copyTo(far, name, beside, null)
    if (found === 'gone') return rmSync(beside, { force: true })
    if (found === 'whole') return renameSync(beside, target)
  }
}

/** A folder that is replaced or goes away meanwhile is begun again, or left out. One that a lost link cut is gone on with. */
export async function fetchFolder(far: Far, directory: string, name: string): Promise<void> {
  if (!isInside(name)) return
  for (;;) {
    const files = await far.list(name)
    // It went away, maybe while it was being brought.
    if (files === null || files.length === 0) return rmSync(`${join(directory, name)}.partial`, { recursive: true, force: true })
    if (!files.every(({ path }) => isInside(path) && path.startsWith(`${name}/`))) return
    if (await fetchFiles(far, directory, name, files)) return
  }
}

async function fetchFiles(
  far: Far,
  directory: string,
  name: string,
  files: readonly { readonly path: string; readonly size: number; readonly stamp: string }[],
): Promise<boolean> {
  const target = join(directory, name)
  const beside = `${target}.partial`
  const stamps = JSON.stringify(files)
  const stampFile = join(beside, STAMPS)
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamps) {
    rmSync(beside, { recursive: true, force: true })
    mkdirSync(beside, { recursive: true })
    writeFileSync(stampFile, stamps)
  }
  for (const { path, stamp } of files) {
    const file = join(beside, path.slice(name.length + 1))
    mkdirSync(dirname(file), { recursive: true })
    if ((await copyTo(far, path, file, stamp)) !== 'whole') return false
  }
  rmSync(stampFile)
  if (existsSync(target)) renameSync(target, `${target}${GOING}`)
  renameSync(beside, target)
  rmSync(`${target}${GOING}`, { recursive: true, force: true })
  return true
}

/** Adds what is missing. `stamp`: of the content that is wanted; null: whatever is there at first. */
async function copyTo(far: Far, name: string, file: string, stamp: string | null): Promise<'whole' | 'gone' | 'changed'> {
  let wanted = stamp
  let here = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const placed = new PlacedBytes(file)
  try {
    for (;;) {
      const part = await far.read(name, here, PART_BYTES)
      if (part.stamp === null) return 'gone'
      wanted ??= part.stamp
      if (part.stamp !== wanted) return 'changed'
      placed.write(part.bytes, here)
      here += part.bytes.length
      if (here >= part.size) return 'whole'
    }
  } finally {
    placed.close()
  }
}

/** Goes along with the host, which removes checkpoints that are not to be kept. A host without any may have lost them: nothing goes then. */
export function removeFoldersBut(folder: string, kept: readonly string[]): void {
  if (kept.length === 0 || !existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const isGoing = name.endsWith(GOING)
    if (!isGoing && (!/^step-\d+$/.test(name) || kept.includes(name))) continue
    if (!isGoing) renameSync(path, `${path}${GOING}`)
    rmSync(isGoing ? path : `${path}${GOING}`, { recursive: true, force: true })
  }
}
