/** Disk and memory. */
import { accessSync, constants, existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { freemem, totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { DoctorCheck } from '#contract/api'
import { bad, check, good, warning, type Finding } from './check.ts'

const GB = 1e9
/** A run of the starter writes some 100 MB; a disk that fills up ends it. */
const DISK = { bad: 0.3 * GB, warning: 2 * GB }
/** A run of the starter with its engine and scorers takes less than 3 GB. */
const MEMORY_NEEDED = 3 * GB

export function homeCheck(home: string): Promise<DoctorCheck> {
  return check('Data folder', 'Choose another folder with VERITUNE_HOME.', async () => {
    const folder = nearestFolder(home)
    accessSync(folder, constants.R_OK | constants.W_OK)
    const { bavail, bsize } = await statfs(folder)
    return homeFinding(home, bavail * bsize)
  })
}

export function homeFinding(home: string, freeBytes: number): Finding {
  const finding = `${home}, ${gigabytes(freeBytes)} free`
  const remedy = 'Free some space, or choose another folder with VERITUNE_HOME.'
  if (freeBytes < DISK.bad) return bad(finding, remedy)
  return freeBytes < DISK.warning ? warning(finding, remedy) : good(finding)
}

/** The folder itself, or what it will be made in. */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path))
}

export function memoryCheck(): Promise<DoctorCheck> {
  return check('Memory', '', () => memoryFinding(totalmem(), process.availableMemory(), freemem()))
}

/** `availableBytes` counts what a container allows and what caches would give back; `freeBytes` is the least that is sure. */
export function memoryFinding(totalBytes: number, availableBytes: number, freeBytes: number): Finding {
  const available = Math.max(availableBytes, freeBytes)
  const finding = `${gigabytes(available)} available of ${gigabytes(totalBytes)}`
  return available < MEMORY_NEEDED
    ? warning(finding, `A run needs up to ${gigabytes(MEMORY_NEEDED)}: close other programs, or lower promptsPerStep.`)
    : good(finding)
}

function gigabytes(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`
}
