import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { VICTIM } from '#test/support/hostile'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TaskFile } from '#trainer/commands/task-file'

describe('a file of tasks in the making', () => {
  test('stands in its place only when it is kept, with all that was written', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'tasks.jsonl')
    writeFileSync(path, 'earlier\n')
    const file = await TaskFile.open(path)
    await Promise.all([file.write(VICTIM), file.write({ ...VICTIM, id: 'second' })])
    expect(readFileSync(path, 'utf8')).toBe('earlier\n')
    await file.keep()
    expect(
      readFileSync(path, 'utf8')
        .split('\n')
        .map((line) => line.slice(0, 30)),
    ).toHaveLength(3)
    expect(readdirSync(folder)).toEqual(['tasks.jsonl'])
  })

  test('leaves nothing, and what stood there, when it is given up', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'tasks.jsonl')
    writeFileSync(path, 'earlier\n')
    const file = await TaskFile.open(path)
    await file.write(VICTIM)
    await file.discard()
    expect([readdirSync(folder), readFileSync(path, 'utf8')]).toEqual([['tasks.jsonl'], 'earlier\n'])
  })

  test.each([
    ['a folder that is not there', 'nowhere/tasks.jsonl', 'its folder is not there'],
    ['a folder', 'folder', 'it is a folder'],
  ])('is refused by name in %s', async (_, name, words) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'folder'))
    const path = join(folder, name)
    await expect(TaskFile.open(path)).rejects.toMatchObject({
      code: 'arguments.invalid',
      message: `${path} cannot be written: ${words}.`,
    })
  })

  test('keeps the order of the calls', async () => {
    const path = join(temporaryFolder(), 'tasks.jsonl')
    const file = await TaskFile.open(path)
    const ids = Array.from({ length: 50 }, (_, i) => `t${i}`)
    await Promise.all(ids.map((id) => file.write({ ...VICTIM, id })))
    await file.keep()
    const written = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(written.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(ids)
  })

  test('goes where a link leads, and the link stays', async () => {
    const folder = temporaryFolder()
    const [link, target] = [join(folder, 'link.jsonl'), join(folder, 'target.jsonl')]
    writeFileSync(target, 'earlier\n')
    symlinkSync(target, link)
    const file = await TaskFile.open(link)
    await file.write(VICTIM)
    await file.keep()
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(JSON.parse(readFileSync(target, 'utf8'))).toEqual(VICTIM)
  })

  test('stands for no device', async () => {
    await expect(TaskFile.open('/dev/null')).rejects.toMatchObject({ code: 'arguments.invalid' })
  })
})
