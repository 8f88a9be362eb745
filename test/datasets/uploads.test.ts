import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { uploadPartSchema, type UploadPart } from '#contract/upload'
import { UPLOAD_PART_BYTES } from '#contract/upload-limits'
import { Uploads } from '#datasets/uploads'
import { temporaryFolder } from '#test/support/temporary-folder'

const ID = '6f2c1f0e-7d1b-4c58-9f5b-0a4a3a5f0b11'

function part(path: string[], offset: number, text: string, isLast: boolean): UploadPart {
  return { upload: ID, path, offset, base64: Buffer.from(text).toString('base64'), isLast }
}

describe('files that a browser hands over', () => {
  test('stand under their names when they are whole, and not before', async () => {
    const folder = temporaryFolder()
    const uploads = new Uploads(folder)
    expect(await uploads.write(part(['set', 'a', 'b.txt'], 0, 'one ', false))).toBe(join(folder, ID, 'set'))
    expect(existsSync(join(folder, ID, 'set', 'a', 'b.txt'))).toBe(false)
    await uploads.write(part(['set', 'a', 'b.txt'], 4, 'two', true))
    await uploads.write(part(['set', 'empty'], 0, '', true))
    expect(readFileSync(join(folder, ID, 'set', 'a', 'b.txt'), 'utf8')).toBe('one two')
    expect(readFileSync(join(folder, ID, 'set', 'empty'), 'utf8')).toBe('')
    expect(readdirSync(folder)).toEqual([ID])
  })

  test('are the same when parts are asked for twice', async () => {
    const folder = temporaryFolder()
    const uploads = new Uploads(folder)
    const parts = [part(['b.txt'], 0, 'one ', false), part(['b.txt'], 4, 'two ', false), part(['b.txt'], 8, 'three', true)]
    for (const each of parts.flatMap((one) => [one, one])) {
      expect(await uploads.write(each)).toBe(join(folder, ID, 'b.txt'))
    }
    expect(readFileSync(join(folder, ID, 'b.txt'), 'utf8')).toBe('one two three')
  })

  test('that were removed meanwhile are said to be gone', async () => {
    const uploads = new Uploads(temporaryFolder())
    await uploads.write(part(['b.txt'], 0, 'one ', false))
    await uploads.remove(ID)
    await expect(uploads.write(part(['b.txt'], 4, 'two', true))).rejects.toMatchObject({ code: 'upload.lost' })
  })

  test.each([[['..', 'x']], [['a/b']], [['a\\b']], [['.']], [['a\0']], [[]], [['x'.repeat(256)]]])(
    'lie nowhere else: %j is refused',
    (path) => {
      expect(uploadPartSchema.safeParse(part(path, 0, '', true)).success).toBe(false)
    },
  )

  test('come in parts that fit into a message', () => {
    const base64 = Buffer.alloc(UPLOAD_PART_BYTES).toString('base64')
    expect(uploadPartSchema.safeParse({ ...part(['x'], 0, '', true), base64 }).success).toBe(true)
    expect(uploadPartSchema.safeParse({ ...part(['x'], 0, '', true), base64: `${base64}AAAA` }).success).toBe(false)
    expect(uploadPartSchema.safeParse({ ...part(['x'], 0, '', true), upload: '../x' }).success).toBe(false)
  })

  test('are removed a day later when nobody has checked them', async () => {
    const folder = temporaryFolder()
    const uploads = new Uploads(folder)
    const now = new Date('2026-03-04T00:00:00Z')
    for (const [name, day] of [
      ['known', 1],
      ['given-up', 1],
      ['new', 3],
    ] as const) {
      mkdirSync(join(folder, name))
      utimesSync(join(folder, name), new Date(2026, 2, day, 12), new Date(2026, 2, day, 12))
    }
    await uploads.removeForgotten([join(folder, 'known', 'set')], now)
    expect(readdirSync(folder)).toEqual(['known', 'new'])
  })
})
