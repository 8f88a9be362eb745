import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeAtomically } from '#trainer/journal/atomic-file'
import { temporaryFolder } from '#test/support/temporary-folder'

describe('a file that is written as a whole', () => {
  test('replaces the one that was there, and leaves nothing beside it', () => {
    const folder = temporaryFolder()
    const file = join(folder, 'state.json')
    for (const text of ['first', 'second ✓']) writeAtomically(file, text)
    expect(readFileSync(file, 'utf8')).toBe('second ✓')
    expect(readdirSync(folder)).toEqual(['state.json'])
  })

  // Whatever is written to this device, the system says that its disk is full.
  test.skipIf(!existsSync('/dev/full'))('stays as it was when the disk is full (needs /dev/full, as Linux has it)', () => {
    const folder = temporaryFolder()
    const file = join(folder, 'state.json')
    writeFileSync(file, 'before')
    symlinkSync('/dev/full', `${file}.partial`)
    expect(() => writeAtomically(file, 'after')).toThrow(`No space is left on the disk that holds ${file}`)
    expect(readFileSync(file, 'utf8')).toBe('before')
    expect(readdirSync(folder)).toEqual(['state.json'])
  })

  test('into a folder that is not there is an error of that name', () => {
    expect(() => writeAtomically(join(temporaryFolder(), 'no/state.json'), '')).toThrow('ENOENT')
  })
})
