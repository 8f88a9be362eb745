/** A disk that is really full, and a real limit on the size of files: where the engine's process meets them, the run is told by name. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/temporary-folder'
import type { Saved } from '#test/support/save-checkpoint'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { MISSING_TORCH } from '#test/support/torch-engine'
import type { EngineName } from '#trainer/engines/create-engine'
import { REPOSITORY } from '#test/support/run-builders'

const PROGRAM = join(REPOSITORY, 'test/support/save-checkpoint.ts')
/** Bytes that are free: enough for the folders, not for a checkpoint of about 100 kB. */
const ROOM = '64k'

const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
const why = canMount ? '' : ' (skipped: this user may not mount a small disk)'
const hasShell = process.platform !== 'win32'

describe.each(['onnx', 'torch'] as const)('a checkpoint of the engine %s for which there is no room', (engine) => {
  const missing = engine === 'torch' ? MISSING_TORCH : ''
  const because = missing === '' ? '' : ` (skipped: ${missing})`

  test.skipIf(!canMount || missing !== '')(
    `on a full disk is named by its file, and what stood there stays${why}${because}`,
    () => {
      const saved = save(
        'unshare',
        ['-rm', 'sh', '-c', `mount -t tmpfs -o size=${ROOM} none "$2" && exec "$0" "${PROGRAM}" "$1" "$2" "$3"`],
        engine,
      )
      expectTold(saved)
    },
  )

  test.skipIf(!hasShell || missing !== '')(
    `above a limit on files is told as a full disk${hasShell ? because : ' (skipped: no ulimit here)'}`,
    () => {
      // In blocks of 512 or 1024 bytes.
      expectTold(save('sh', ['-c', `ulimit -f 16 && exec "$0" "${PROGRAM}" "$1" "$2" "$3"`], engine))
    },
  )
})

function expectTold({ code, message, checkpoints, stepFiles }: Saved): void {
  expect(code).toBe('disk.full')
  expect(message).toMatch(/^No space is left on the disk that holds .*checkpoints\/step-000001/)
  expect(checkpoints).toEqual(['step-000001'])
  expect(stepFiles).toEqual(['state.json'])
}

/** Runs the program through a command that gets node, the model folder and the run folder as $0, $1 and $2, and the engine as $3. */
function save(command: string, args: readonly string[], engine: EngineName): Saved {
  const folder = temporaryFolder()
  const model = writeTinyFolder(join(folder, 'model'))
  const run = temporaryFolder()
  const { status, stdout, stderr } = spawnSync(command, [...args, process.execPath, model, run, engine], { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout) as Saved
}
