import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Failure } from '#contract/failure'
import { gatherImport } from '#test/support/imported'
import { temporaryFolder } from '#test/support/temporary-folder'
import { zipOf, type ZipEntry } from '#test/support/zip'

const ROW = `${JSON.stringify({ id: 'one', prompt: 'y is a', reference: 'module m(input a, output y); assign y = a; endmodule' })}\n`

async function importZip(entries: readonly ZipEntry[]): ReturnType<typeof gatherImport> {
  const file = join(temporaryFolder(), 'set.zip')
  writeFileSync(file, zipOf(entries))
  return gatherImport({ path: file })
}

describe('an archive', () => {
  test('is read as its folder would be', async () => {
    const { tasks, problems } = await importZip([{ name: 'a/rows.jsonl', data: ROW }])
    expect(tasks.map(({ id, origin }) => [id, origin?.file])).toEqual([['one', 'a/rows.jsonl']])
    expect(problems).toEqual([])
  })

  test.each<[string, ZipEntry, RegExp]>([
    ['leads upwards', { name: '../rows.jsonl', data: ROW }, /leads out/],
    ['leads upwards from within', { name: 'a/../../rows.jsonl', data: ROW }, /leads out/],
    ['is absolute', { name: '/etc/rows.jsonl', data: ROW }, /leads out/],
    ['is absolute elsewhere', { name: 'C:\\rows.jsonl', data: ROW }, /leads out/],
    ['is a link', { name: 'rows.jsonl', data: '/etc/passwd', mode: 0o120777 }, /is a link/],
    ['is encrypted', { name: 'rows.jsonl', data: ROW, isEncrypted: true }, /encrypted/],
    ['is a bomb', { name: 'rows.jsonl', data: Buffer.alloc(40_000_000) }, /unfold to 40 MB/],
  ])('an entry that %s is named and left out, the others are read', async (_, entry, message) => {
    const { tasks, problems } = await importZip([entry, { name: 'good.jsonl', data: ROW }])
    expect(tasks.map(({ origin }) => origin?.file)).toEqual(['good.jsonl'])
    expect(problems).toEqual([
      expect.objectContaining({ file: entry.name, message: expect.stringMatching(message), isWarning: false }),
    ])
  })

  test('an entry that unfolds to more than it claims breaks off and is named', async () => {
    const { problems, tasks } = await importZip([
      { name: 'a.jsonl', data: ROW + ' '.repeat(200_000), claimedBytes: 600 },
      { name: 'b.jsonl', data: ROW },
    ])
    expect(problems.some(({ file }) => file === 'a.jsonl')).toBe(true)
    expect(tasks.some(({ origin }) => origin?.file === 'b.jsonl')).toBe(true)
  })

  test('that is none is a failure that says so', async () => {
    const file = join(temporaryFolder(), 'set.zip')
    writeFileSync(file, 'no archive at all')
    await expect(gatherImport({ path: file })).rejects.toMatchObject({ code: 'dataset.unreadable' } satisfies Partial<Failure>)
  })

  test('within an archive is named and not opened', async () => {
    const inner = { name: 'inner.zip', data: zipOf([{ name: 'rows.jsonl', data: ROW }]) }
    await expect(importZip([inner])).rejects.toMatchObject({ code: 'dataset.unknown-layout' })
    const { tasks, problems } = await importZip([inner, { name: 'good.jsonl', data: ROW }])
    expect(tasks).toHaveLength(1)
    expect(problems).toMatchObject([{ file: 'inner.zip', message: expect.stringMatching(/not opened/), isWarning: true }])
  })

  test('with two entries of one name gives the first and names the second', async () => {
    const other = ROW.replace('y is a', 'y is b')
    const { tasks, problems } = await importZip([
      { name: 'a.jsonl', data: ROW },
      { name: 'a.jsonl', data: other },
    ])
    expect(tasks.map(({ instruction }) => instruction.slice(0, 6))).toEqual(['y is a'])
    expect(problems).toMatchObject([{ file: 'a.jsonl', message: expect.stringMatching(/twice/) }])
  })
})

describe('a folder', () => {
  test('is read without what tools and systems leave behind', async () => {
    const folder = temporaryFolder()
    for (const name of ['.git', '__MACOSX', 'node_modules', '_chatgpt4']) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'rows.jsonl'), ROW)
    }
    writeFileSync(join(folder, '.rows.jsonl'), ROW)
    writeFileSync(join(folder, 'rows.jsonl'), ROW)
    const { tasks } = await gatherImport({ path: folder })
    expect(tasks.map(({ origin }) => origin?.file)).toEqual(['rows.jsonl'])
  })

  test('a link in it is named and not followed', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'rows.jsonl'), ROW)
    symlinkSync('/etc/passwd', join(folder, 'secrets.jsonl'))
    symlinkSync('.', join(folder, 'again'))
    const { tasks, problems } = await gatherImport({ path: folder })
    expect(tasks).toHaveLength(1)
    expect(problems.map(({ file }) => file)).toEqual(['again', 'secrets.jsonl'])
  })

  test('that is not there is a failure that names it', async () => {
    await expect(gatherImport({ path: '/no/such/folder' })).rejects.toMatchObject({ code: 'dataset.missing' })
  })

  test.skipIf(process.platform === 'win32')('a device is no data set (skipped on Windows, which has none)', async () => {
    await expect(gatherImport({ path: '/dev/zero' })).rejects.toMatchObject({ code: 'dataset.unreadable' })
  })
})
