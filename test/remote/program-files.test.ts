/** What of VeriTune is copied to a host, from computers of every kind. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FileHashes } from '#remote/file-hashes'
import { parcelOf } from '#remote/parcel'
import { linuxNodeAmong } from '#remote/program-files'
import { temporaryFolder } from '#test/support/temporary-folder'

const NOWHERE = '/no/such/node'

describe('the Node that a host is given', () => {
  test('is the one that runs here, where here is such a computer', () => {
    expect(linuxNodeAmong([NOWHERE, process.execPath], NOWHERE, 'linux-x64')).toBe(process.execPath)
    // The name of a command cannot be copied.
    expect(linuxNodeAmong(['node'], NOWHERE, 'linux-x64')).toBeNull()
  })

  test.each(['darwin-arm64', 'win32-x64', 'linux-arm64'])('is on %s the one that was brought for it, never its own', (here) => {
    const brought = join(temporaryFolder(), 'node')
    expect(linuxNodeAmong([process.execPath], brought, here)).toBeNull()
    writeFileSync(brought, '')
    expect(linuxNodeAmong([process.execPath], brought, here)).toBe(brought)
  })

  test('is a program there, though the disk here does not say so of it', async () => {
    const folder = temporaryFolder()
    const from = join(folder, 'node')
    writeFileSync(from, 'node')
    chmodSync(from, 0o644)
    const hashes = new FileHashes(join(folder, 'hashes.json'))
    const parcel = await parcelOf('programs', 'the trainer', [{ from, to: 'node/node', isProgram: true }], hashes)
    expect(parcel.files[0]!.isProgram).toBe(true)
  })
})
