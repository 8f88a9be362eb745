import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDataset, readWholeDataset } from '#trainer/1-tasks/read-tasks'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const [FIRST, SECOND, THIRD] = readFileSync(join(REPOSITORY, 'resources/starter/tasks.jsonl'), 'utf8').split('\n') as [
  string,
  string,
  string,
]

function written(text: string): string {
  const file = join(temporaryFolder(), 'tasks.jsonl')
  writeFileSync(file, text)
  return file
}

const changed = (line: string, change: Record<string, unknown>): string =>
  JSON.stringify({ ...(JSON.parse(line) as object), ...change })

describe('reading a task file', () => {
  test('line ends of Windows, empty lines and a missing last line end are fine; the hash is that of the file', async () => {
    const text = `${FIRST}\r\n\r\n${SECOND}`
    const { tasks, hash } = await readWholeDataset(written(text))
    expect(Object.values(tasks).flat()).toHaveLength(2)
    expect(hash).toBe(createHash('sha256').update(text).digest('hex'))
  })

  test.each([
    ['is not JSON', '{"id":', /line 2: the line is not JSON/],
    ['lacks a field', changed(SECOND, { split: undefined }), /line 2: field "split"/],
    ['has a wrong value', changed(SECOND, { difficulty: 9 }), /line 2: field "difficulty"/],
    ['has a field that nobody knows', changed(SECOND, { difficultly: 1 }), /line 2: .*difficultly/],
    [
      'uses an id again',
      changed(SECOND, { id: (JSON.parse(FIRST) as { id: string }).id }),
      /line 2: id .* already used in line 1/,
    ],
  ])('a line that %s is named with its number and field', async (_, line, sentence) => {
    await expect(readWholeDataset(written(`${FIRST}\n${line}\n${THIRD}\n`))).rejects.toThrow(sentence)
  })

  test('line separators of Unicode inside a text, and a byte order mark before the first line, end no line', async () => {
    const instruction = 'one\u2028two\u2029three\u0085four'
    const { tasks } = await readWholeDataset(written(`\ufeff${changed(FIRST, { instruction })}\n${SECOND}\n`))
    expect(Object.values(tasks).flat()).toHaveLength(2)
    expect(Object.values(tasks).flat()[0]!.instruction).toBe(instruction)
    await expect(readWholeDataset(written(`${changed(FIRST, { instruction })}\n{\n`))).rejects.toThrow('line 2')
  })

  test('a letter that falls on the border of two blocks of the file stays whole', async () => {
    const instruction = '✓'.repeat(20_000)
    const { tasks } = await readWholeDataset(
      written([FIRST, SECOND, THIRD].map((line) => changed(line, { instruction })).join('\n')),
    )
    expect(
      Object.values(tasks)
        .flat()
        .map((task) => task.instruction),
    ).toEqual(Array(3).fill(instruction))
  })

  test('a file without tasks is three empty splits', async () => {
    expect((await readWholeDataset(written('\n\n'))).tasks).toEqual({ train: [], validation: [], test: [] })
  })

  test('a file that is not there, or is a folder, is said to be not there', async () => {
    await expect(readWholeDataset(join(temporaryFolder(), 'none.jsonl'))).rejects.toThrow('is not there')
    await expect(readWholeDataset(temporaryFolder())).rejects.toThrow('is not there')
  })
})

test('whoever does not ask for the test tasks gets their number alone', async () => {
  const file = written([FIRST, changed(SECOND, { split: 'validation' }), changed(THIRD, { split: 'test' })].join('\n'))
  const { tasks, counts, hash } = await readDataset(file)
  expect(Object.keys(tasks)).toEqual(['train', 'validation'])
  expect(counts).toEqual({ train: 1, validation: 1, test: 1 })
  expect(JSON.stringify(tasks)).not.toContain((JSON.parse(THIRD) as { id: string }).id)
  const whole = await readWholeDataset(file)
  expect([whole.tasks.test.length, whole.hash]).toEqual([1, hash])
})
