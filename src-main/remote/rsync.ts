/** The system's rsync over the system's ssh: it goes on where a lost link cut it. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Failure } from '#contract/failure'
import type { ParcelFile } from './parcel.ts'
import { failureOf } from './ssh-failure.ts'
import { sshOptions, sshProgram } from './ssh.ts'

/** Of rsync: its ssh ended, or could not begin. */
const LINK_CODES = [10, 12, 30, 35, 255]

function rsyncProgram(environment = process.env): string {
  return environment.VERITUNE_RSYNC ?? 'rsync'
}

/** Folder names that a remote shell, and an rsync of any age, reads as what they are. */
const PLAIN = /^\/[A-Za-z0-9._/-]*$/

/** May these files be brought there by rsync? What it cannot be told safely goes as a stream. */
export function mayUseRsync(target: string): boolean {
  return process.platform !== 'win32' && PLAIN.test(target)
}

/** null: there is no rsync here, or the two do not understand each other. Throws Failure remote.*. */
export async function copyByRsync(
  host: string,
  files: readonly ParcelFile[],
  target: string,
  stop: AbortSignal,
): Promise<'copied' | null> {
  // One folder of links: rsync copies what they lead to, all over one connection.
  const stage = mkdtempSync(join(tmpdir(), 'veritune-parcel-'))
  try {
    for (const { from, to } of files) {
      mkdirSync(join(stage, dirname(to)), { recursive: true })
      symlinkSync(from, join(stage, to))
    }
    return await copy(host, stage, target, stop)
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

async function copy(host: string, stage: string, target: string, stop: AbortSignal): Promise<'copied' | null> {
  stop.throwIfAborted()
  const shell = [sshProgram(), ...sshOptions()].map((word) => `'${word}'`).join(' ')
  const args = ['-rLtp', '--partial', '--timeout=60', '-e', shell, '--', `${stage}/`, `${host}:${target}/`]
  const child = spawn(rsyncProgram(), args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const kill = (): void => void child.kill('SIGTERM')
  stop.addEventListener('abort', kill, { once: true })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-8_000)))
  try {
    const code = await new Promise<number | null | 'missing'>((resolve) => {
      child.once('error', () => resolve('missing')).once('close', resolve)
    })
    stop.throwIfAborted()
    if (code === 0) return 'copied'
    if (code === 'missing') return null
    throw failureOfCopy(host, target, code, stderr)
  } catch (error) {
    if (error instanceof Failure && error.code === 'remote.command') return null
    throw error
  } finally {
    stop.removeEventListener('abort', kill)
  }
}

/** A full disk first: it ends the link, too. */
function failureOfCopy(host: string, folder: string, code: number | null, stderr: string): Failure {
  const what = 'take a copy by rsync'
  const onDisk = failureOf({ host, code: 1, stderr, what, folder })
  if (onDisk.code === 'remote.disk-full') return onDisk
  if (code !== null && LINK_CODES.includes(code)) {
    const ofLink = failureOf({ host, code: 255, stderr, what })
    return ofLink.code === 'remote.command' && /unexpectedly closed|timeout/i.test(stderr)
      ? new Failure('remote.lost', { host })
      : ofLink
  }
  return onDisk
}
