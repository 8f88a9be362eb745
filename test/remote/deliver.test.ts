/** Parcels over a real sshd on the loopback: whole under their name, or not there. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { deliver, lookFor, parcelFolder, type Destination } from '#remote/deliver'
import { FileHashes } from '#remote/file-hashes'
import { filesBelow, modelFiles, parcelOf, type Parcel } from '#remote/parcel'
import { isPassing } from '#remote/ssh-failure'
import { tarHeader } from '#remote/tar-stream'
import { BOX, overSsh, reasonForNoSshd, startSshd, type Sshd } from '#test/support/loopback-sshd'
import { reasonForNoSmallDisk, smallDisk } from '#test/support/small-disk'
import { temporaryFolder } from '#test/support/temporary-folder'

const noSshd = reasonForNoSshd()
let sshd: Sshd

beforeAll(async () => {
  if (noSshd !== null) return
  sshd = await startSshd()
  vi.stubEnv('VERITUNE_SSH', sshd.program)
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await sshd?.close()
})

const DEEP = `a/${'long-'.repeat(18)}name/${'x'.repeat(60)}.json`

async function aParcel(bytes = 300_000): Promise<Parcel> {
  const folder = temporaryFolder()
  const contents = { 'main.js': 'main', 'node/node': '#!/bin/sh\n', [DEEP]: '{}', 'a b$(id)ä.json': 'c', 'empty.txt': '' }
  for (const [name, text] of Object.entries({ ...contents, large: 'v'.repeat(bytes) })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  chmodSync(join(folder, 'node/node'), 0o755)
  return parcelOf('models', 'the model', filesBelow(folder, ''), new FileHashes(join(temporaryFolder(), 'hashes.json')))
}

function destination(root: string, hasRsync: boolean): Destination {
  return { host: BOX, root, hasRsync, stop: new AbortController().signal }
}

async function missing(to: Destination, parcel: Parcel): Promise<number> {
  return (await lookFor(to, [parcel], to.root)).missing.length
}

function expectWhole(root: string, parcel: Parcel): void {
  const folder = parcelFolder(root, parcel)
  for (const { from, to, isProgram } of parcel.files) {
    expect(readFileSync(join(folder, to)).equals(readFileSync(from)), to).toBe(true)
    expect((statSync(join(folder, to)).mode & 0o100) !== 0).toBe(isProgram)
  }
  expect(readdirSync(dirname(folder))).toEqual([parcel.hash])
}

describe.skipIf(noSshd !== null).each([
  ['by rsync', true],
  ['as a stream', false],
])(overSsh('a parcel that goes %s', noSshd), (_, hasRsync) => {
  test('comes whole, with names that a shell could read', async () => {
    const [root, parcel] = [join(temporaryFolder(), 'not there'), await aParcel()]
    const to = destination(root, hasRsync)
    expect(await missing(to, parcel)).toBe(1)
    await deliver(to, parcel)
    expect(await missing(to, parcel)).toBe(0)
    expectWhole(root, parcel)
  })

  test('goes on where a lost link cut it', async () => {
    const [root, parcel] = [temporaryFolder(), await aParcel(150_000_000)]
    const to = destination(root, hasRsync)
    const cut = deliver(to, parcel).catch((error: unknown) => error)
    const beside = join(root, 'models', `.${parcel.hash}.partial`)
    while (!existsSync(join(beside, 'large')) && !readdirIn(beside).some((name) => name.startsWith('.large')))
      await new Promise((resolve) => setTimeout(resolve, 5))
    await sshd.cut()
    expect(isPassing(await cut)).toBe(true)
    await sshd.restore()
    expect(existsSync(parcelFolder(root, parcel))).toBe(false)
    await deliver(to, parcel)
    expectWhole(root, parcel)
  })

  test('that is half under its name is copied again', async () => {
    const [root, parcel] = [temporaryFolder(), await aParcel()]
    const to = destination(root, hasRsync)
    for (const damage of ['.whole', 'main.js', 'large']) {
      await deliver(to, parcel)
      rmSync(join(parcelFolder(root, parcel), damage))
      expect(await missing(to, parcel)).toBe(1)
    }
    await deliver(to, parcel)
    expectWhole(root, parcel)
  })

  test.skipIf(reasonForNoSmallDisk !== null)('says that the disk is full, and loses nothing by it', async () => {
    const disk = smallDisk(2)
    const parcel = await aParcel(6_000_000)
    const to = destination(join(disk.folder, 'veritune'), hasRsync)
    await expect(deliver(to, parcel)).rejects.toMatchObject({
      code: 'remote.disk-full',
      message: 'No space is left on the disk of box.',
    })
    disk.enlarge(32)
    await deliver(to, parcel)
    expectWhole(to.root, parcel)
  })

  test('that may not be written down is one sentence', async () => {
    const refused = deliver(destination('/proc/veritune', hasRsync), await aParcel(10))
    await expect(refused).rejects.toMatchObject({ code: expect.stringMatching(/^remote\.(not-writable|command)$/) })
  })
})

describe.skipIf(noSshd !== null)(overSsh('what came', noSshd), () => {
  test('and is something else is found by its hash, removed, and copied again', async () => {
    const [root, parcel] = [temporaryFolder(), await aParcel()]
    const beside = join(root, 'models', `.${parcel.hash}.partial`)
    mkdirSync(beside, { recursive: true })
    writeFileSync(join(beside, 'main.js'), 'MAIN')
    const to = destination(root, false)
    await expect(deliver(to, parcel)).rejects.toMatchObject({ code: 'remote.damaged-copy' })
    expect(await missing(to, parcel)).toBe(1)
    await deliver(to, parcel)
    expectWhole(root, parcel)
  })

  test('goes as a stream where this computer has no rsync', async () => {
    vi.stubEnv('VERITUNE_RSYNC', '/no/such/rsync')
    const [root, parcel] = [temporaryFolder(), await aParcel()]
    await deliver(destination(root, true), parcel).finally(() => vi.stubEnv('VERITUNE_RSYNC', 'rsync'))
    expectWhole(root, parcel)
  })
})

describe('a parcel', () => {
  test('has a name of what is in it: contents, names and what may be run', async () => {
    const [one, same] = [await aParcel(), await aParcel()]
    expect(one.hash).toBe(same.hash)
    expect((await aParcel(9)).hash).not.toBe(one.hash)
    expect(one.bytes).toBe(one.files.reduce((sum, { size }) => sum + size, 0))
  })

  test('hashes are kept until a file changes', async () => {
    const folder = temporaryFolder()
    const [file, kept] = [join(folder, 'a'), join(folder, 'hashes.json')]
    writeFileSync(file, 'one')
    const first = new FileHashes(kept)
    const one = await first.of(file)
    first.save()
    writeFileSync(kept, readFileSync(kept, 'utf8').replace(one, 'kept'))
    expect(await new FileHashes(kept).of(file)).toBe('kept')
    writeFileSync(file, 'three')
    expect(await new FileHashes(kept).of(file)).not.toMatch(/kept/)
  })

  test('of a model leaves out hidden files and weights that nothing reads', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, '.cache'))
    for (const name of ['config.json', 'model.safetensors', 'pytorch_model.bin', '.cache/x', '.gitattributes', 'model.gguf'])
      writeFileSync(join(folder, name), '')
    expect(modelFiles(folder).map(({ to }) => to)).toEqual(['config.json', 'model.safetensors'])
  })

  test('of more than 8 GiB has a size that tar reads', () => {
    const header = tarHeader({ from: '', to: 'model.safetensors', size: 15_231_233_024, isProgram: false })
    expect(header[124]).toBe(0x80)
    expect(header.readBigUInt64BE(128)).toBe(15_231_233_024n)
    expect(() => tarHeader({ from: '', to: 'x'.repeat(101), size: 0, isProgram: false })).toThrow(/too long a name/)
  })
})

function readdirIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
