/** What a host says of files is not believed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fetchFile, fetchFolder, removeFoldersBut } from '#remote/fetch'
import { temporaryFolder } from '#test/support/temporary-folder'

/** Another computer that gives the same bytes under any name. */
function hostWith(listed: readonly string[] = []) {
  const bytes = Buffer.from('taken')
  return {
    read: async (_file: string, offset: number) => ({ bytes: bytes.subarray(offset), size: bytes.length, stamp: 'a' }),
    list: async () => listed.map((path) => ({ path, size: bytes.length, stamp: 'a' })),
  }
}

describe('files of a host', () => {
  test.each([
    '../outside',
    '/etc/outside',
    'rollouts/../../outside',
    '.hidden',
    'a//b',
    '',
    'rollouts/',
    'C:\\outside',
    'a\\..\\b',
  ])('are not written where they name something outside of the run: %j', async (name) => {
    const directory = join(temporaryFolder(), 'run')
    await fetchFile(hostWith(), directory, name)
    await fetchFolder(hostWith([`${name}/state.json`]), directory, name)
    await fetchFolder(hostWith([name, 'checkpoints/step-000001/state.json']), directory, 'checkpoints/step-000001')
    expect(existsSync(directory)).toBe(false)
    expect(readdirSync(join(directory, '..'))).toEqual([])
  })

  test('are written inside of it', async () => {
    const directory = temporaryFolder()
    await fetchFile(hostWith(), directory, 'rollouts/step-000001.jsonl')
    await fetchFolder(hostWith(['checkpoints/step-000001/a/b.json']), directory, 'checkpoints/step-000001')
    expect(readFileSync(join(directory, 'rollouts/step-000001.jsonl'), 'utf8')).toBe('taken')
    expect(readFileSync(join(directory, 'checkpoints/step-000001/a/b.json'), 'utf8')).toBe('taken')
    expect(readdirSync(join(directory, 'checkpoints/step-000001'))).toEqual(['a'])
  })

  test('of a folder that goes away while it is brought leave nothing', async () => {
    const directory = temporaryFolder()
    const file = { path: 'checkpoints/step-000001/a', size: 5, stamp: 'a' }
    let isThere = true
    const list = async () => (isThere ? [file] : null)
    const read = async () => {
      isThere = false
      return { bytes: Buffer.alloc(0), size: 0, stamp: null }
    }
    await fetchFolder({ list, read }, directory, 'checkpoints/step-000001')
    expect(readdirSync(join(directory, 'checkpoints'))).toEqual([])
  })

  test('that a host without any checkpoint has lost stay here', async () => {
    const directory = temporaryFolder()
    for (const step of [1, 2]) await fetchFolder(hostWith([`step-00000${step}/a`]), directory, `step-00000${step}`)
    removeFoldersBut(directory, [])
    expect(readdirSync(directory)).toHaveLength(2)
    removeFoldersBut(directory, ['step-000002'])
    expect(readdirSync(directory)).toEqual(['step-000002'])
  })
})
