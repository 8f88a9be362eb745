import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/temporary-folder'
import { filesRead, removeFolder } from '#trainer/3-scores/tools/box-folder'

const source = (name: string): string => new URL(`../../../../src-main/trainer/3-scores/tools/${name}.ts`, import.meta.url).href

/** What a program prints that is run by somebody who is not root: the rights of a folder mean nothing to that one. */
function printedByNobody(program: string, ...words: string[]): string {
  const id = process.getuid!() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, ...words], {
    ...id,
    encoding: 'utf8',
    timeout: 30_000,
  })
  return stdout + stderr
}

describe('a folder that is not there', () => {
  test('is removed already', async () => {
    await expect(removeFolder(join(temporaryFolder(), 'none'))).resolves.toBeUndefined()
  })
})

describe('files of a box', () => {
  test('are read up to the limit of a file, and of all together', async () => {
    const folder = temporaryFolder()
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), name.repeat(10))
    const read = (fileBytes: number, folderBytes: number): Promise<Record<string, string>> =>
      filesRead(folder, ['a', 'b', 'c'], { fileBytes, folderBytes })
    expect(await read(10, 100)).toEqual({ a: 'a'.repeat(10), b: 'b'.repeat(10), c: 'c'.repeat(10) })
    expect(await read(4, 100)).toEqual({ a: 'aaaa', b: 'bbbb', c: 'cccc' })
    expect(await read(10, 15)).toEqual({ a: 'a'.repeat(10), b: 'bbbbb', c: '' })
  })
})

const canShut = process.platform !== 'win32'

describe.skipIf(!canShut)('a folder that shuts itself', () => {
  const shut = (): string => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o777)
    return folder
  }

  test('is removed nevertheless', () => {
    const folder = shut()
    const program = `
      import { chmodSync, existsSync, mkdirSync } from 'node:fs'
      import { removeFolder } from '${source('box-folder')}'
      const box = process.argv[1] + '/box'
      mkdirSync(box + '/a/b/c', { recursive: true })
      for (const path of ['/a/b', '/a', '']) chmodSync(box + path, 0)
      await removeFolder(box)
      console.log(existsSync(box))`
    expect(printedByNobody(program, folder)).toBe('false\n')
  })

  test.each(['', '/a'])('at "%s" holds more than it may', (path) => {
    const folder = shut()
    const program = `
      import { chmodSync, mkdirSync } from 'node:fs'
      import { watchFolder } from '${source('folder-watch')}'
      const box = process.argv[1] + '/box'
      mkdirSync(box + '/a', { recursive: true })
      chmodSync(box + '${path}', 0)
      const end = watchFolder(box, 1000, () => console.log('exceeded'))
      setTimeout(() => { end(); chmodSync(box + '${path}', 0o700) }, 1000)`
    expect(printedByNobody(program, folder)).toBe('exceeded\n')
  })
})
