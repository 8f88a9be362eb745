/** A disk of a few MB, for tests that fill one; it needs the right to mount, and tests without it are skipped by name. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

export const reasonForNoSmallDisk = ((): string | null => {
  const made = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt'])
  if (made.status === 0) return null
  console.log('Tests of a full disk on a host are skipped: this user may mount none.')
  return 'this user may mount none'
})()

export interface SmallDisk {
  readonly folder: string
  enlarge(megabytes: number): void
}

export function smallDisk(megabytes: number): SmallDisk {
  const folder = join(temporaryFolder(), 'disk')
  mkdirSync(folder)
  const mount = (options: string): void => void spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  mount(`size=${megabytes}m`)
  onTestFinished(() => void spawnSync('umount', ['--lazy', folder]))
  return { folder, enlarge: (more) => mount(`remount,size=${more}m`) }
}
