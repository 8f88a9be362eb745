/** A disk that is really full, and a real limit on the size of files: where the engine's process meets them, the run is told by name. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/temporary-folder'
import type { Saved } from '#test/support/save-checkpoint'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { REPOSITORY } from '#test/support/run-builders'

const PROGRAM = join(REPOSITORY, 'test/support/save-checkpoint.ts')
/** Bytes that are free: enough for the folders, not for a checkpoint of about 100 kB. */
const ROOM = '64k'

const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
const why = canMount ? '' : ' (skipped: this user may not mount a small disk)'
const hasShell = process.platform !== 'win32'

describe('a checkpoint for which there is no room', () => {
  test.skipIf(!canMount)(`on a full disk is named by its file, and what stood there stays${why}`, () => {
    const saved = save('unshare', [
      '-rm',
      'sh',
      '-c',
      `mount -t tmpfs -o size=${ROOM} none "$2" && exec "$0" "${PROGRAM}" "$1" "$2"`,
    ])
    expectTold(saved)
  })

  test.skipIf(!hasShell)(`above a limit on files is told as a full disk${hasShell ? '' : ' (skipped: no ulimit here)'}`, () => {
    // In blocks of 512 or 1024 bytes.
    expectTold(save('sh', ['-c', `ulimit -f 16 && exec "$0" "${PROGRAM}" "$1" "$2"`]))
  })
})

function expectTold({ code, message, checkpoints, stepFiles }: Saved): void {
  expect(code).toBe('disk.full')
  expect(message).toMatch(/^No space is left on the disk that holds .*checkpoints\/step-000001/)
  expect(checkpoints).toEqual(['step-000001'])
  expect(stepFiles).toEqual(['state.json'])
}

/** Runs the program through a command that gets node, the model folder and the run folder as $0, $1 and $2. */
function save(command: string, args: readonly string[]): Saved {
  const folder = temporaryFolder()
  const model = writeTinyFolder(join(folder, 'model'))
  const run = temporaryFolder()
  const { status, stdout, stderr } = spawnSync(command, [...args, process.execPath, model, run], { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout) as Saved
}
