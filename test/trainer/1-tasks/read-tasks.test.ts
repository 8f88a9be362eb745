import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDataset } from '#trainer/1-tasks/read-tasks'
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
    const { tasks, hash } = await readDataset(written(text))
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
    await expect(readDataset(written(`${FIRST}\n${line}\n${THIRD}\n`))).rejects.toThrow(sentence)
  })

  test('a file that is not there is said to be not there', async () => {
    await expect(readDataset(join(temporaryFolder(), 'none.jsonl'))).rejects.toThrow('is not there')
  })
})
