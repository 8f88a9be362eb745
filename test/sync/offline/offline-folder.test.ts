import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { offlineFolderName, writeOfflineFolder } from '#sync/offline/offline-folder'
import { exitContent, headerContent, type Content } from '#sync/offline/records'
import { temporaryFolder } from '#test/support/temporary-folder'

const FILE = 'run-a.wandb'
const RECORDS = [headerContent('t'), exitContent({ exitCode: 0, seconds: 1 })]

describe('the folder of an offline run', () => {
  it('has the name by which W&B’s tool knows a run that was not sent', () => {
    expect(offlineFolderName('my-run', new Date('2026-11-23T14:20:49.500Z'))).toBe('offline-run-20261123_142049-my-run')
  })

  it('is whole or not there: a run that cannot be read to its end leaves what was there before', async () => {
    const parent = temporaryFolder()
    const folder = join(parent, 'offline-a')
    function* breaksOff(): Generator<Content> {
      yield RECORDS[0]!
      throw new Error('broken')
    }
    await expect(writeOfflineFolder(folder, 'a', breaksOff())).rejects.toThrow('broken')
    expect(readdirSync(parent)).toEqual([])
    await writeOfflineFolder(folder, 'a', RECORDS)
    const whole = readFileSync(join(folder, FILE))
    await expect(writeOfflineFolder(folder, 'a', breaksOff())).rejects.toThrow('broken')
    expect(readFileSync(join(folder, FILE))).toEqual(whole)
    expect(readdirSync(parent)).toEqual(['offline-a'])
  })

  it('replaces an earlier export, and what the tool noted of sending that one', async () => {
    const folder = join(temporaryFolder(), 'offline-a')
    await writeOfflineFolder(folder, 'a', RECORDS.slice(0, 1))
    for (const ending of ['synced', 'syncstate']) writeFileSync(join(folder, `${FILE}.${ending}`), '')
    const bytes = await writeOfflineFolder(folder, 'a', RECORDS)
    expect(readdirSync(folder).sort()).toEqual(['files', FILE])
    expect(readFileSync(join(folder, FILE)).length).toBe(bytes)
  })

  it('takes an empty folder, and refuses one that holds something else', async () => {
    const folder = join(temporaryFolder(), 'offline-a')
    mkdirSync(folder)
    await writeOfflineFolder(folder, 'a', RECORDS)
    await expect(writeOfflineFolder(folder, 'b', RECORDS)).rejects.toMatchObject({ code: 'export.occupied' })
    expect(existsSync(join(folder, 'run-b.wandb'))).toBe(false)
  })

  it('is the same file again for the same records', async () => {
    const folder = temporaryFolder()
    for (const name of ['one', 'two']) await writeOfflineFolder(join(folder, name), 'a', RECORDS)
    expect(readFileSync(join(folder, 'one', FILE))).toEqual(readFileSync(join(folder, 'two', FILE)))
  })
})
