/** The folder of an offline run, whole or not there: its file is written beside it and renamed into place. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure } from '#contract/failure'
import { FILE_HEADER, framed } from './framing.ts'
import { encoded, type Content } from './records.ts'

/** Bytes that are gathered before they are written. */
const WRITE_BYTES = 1024 * 1024
/** Where W&B's tool keeps files of the run while it sends them. */
const FILES = 'files'

/** `offline-run-20261123_142049-<id>`: W&B's tool takes a folder of another name for a run that was sent already. Time in UTC. */
export function offlineFolderName(id: string, startedAt: Date): string {
  const [day, time] = startedAt.toISOString().slice(0, 19).replace(/[-:]/g, '').split('T')
  return `offline-run-${day}_${time}-${id}`
}

/**
 * Writes `run-<id>.wandb` into a folder that is not there, is empty, or holds an earlier export of the same run, which it replaces. Answers the
 * file's bytes. Throws Failure export.occupied, disk.full.
 */
export async function writeOfflineFolder(folder: string, id: string, records: Iterable<Content>): Promise<number> {
  const file = `run-${id}.wandb`
  refuseOther(folder, file)
  const beside = join(dirname(folder), `.${basename(folder)}.partial`)
  rmSync(beside, { recursive: true, force: true })
  mkdirSync(join(beside, FILES), { recursive: true })
  try {
    const bytes = await writeFile(join(beside, file), records)
    putInPlace(beside, folder, file)
    return bytes
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC'
      ? new Failure('disk.full', { path: folder }, { cause: error })
      : error
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
}

function refuseOther(folder: string, file: string): void {
  if (!existsSync(folder)) return
  const isOurs = (name: string): boolean => name === FILES || name.startsWith(file)
  if (!readdirSync(folder).every(isOurs)) throw new Failure('export.occupied', { folder })
}

async function writeFile(path: string, records: Iterable<Content>): Promise<number> {
  const handle = await open(path, 'wx')
  try {
    let waiting: Buffer[] = [FILE_HEADER]
    let [written, bytes, number] = [0, FILE_HEADER.length, 0]
    for (const record of records) {
      const frame = framed(encoded(++number, record), bytes)
      waiting.push(frame)
      bytes += frame.length
      if (bytes - written < WRITE_BYTES) continue
      await handle.write(Buffer.concat(waiting))
      ;[waiting, written] = [[], bytes]
    }
    await handle.write(Buffer.concat(waiting))
    await handle.sync()
    return bytes
  } finally {
    await handle.close()
  }
}

function putInPlace(beside: string, folder: string, file: string): void {
  if (!existsSync(folder)) {
    renameSync(beside, folder)
    return
  }
  // Notes of the tool about what it has sent go first: it passes over a file that has them.
  for (const name of readdirSync(folder)) if (name.startsWith(`${file}.`)) rmSync(join(folder, name))
  mkdirSync(join(folder, FILES), { recursive: true })
  renameSync(join(beside, file), join(folder, file))
}
