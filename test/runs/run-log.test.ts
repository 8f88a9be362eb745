import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RUN_FILES } from '#contract/run-directory'
import { readLogTail } from '#runs/run-folder'
import { temporaryFolder } from '#test/support/temporary-folder'

function withLog(text: string): string {
  const directory = temporaryFolder()
  writeFileSync(join(directory, RUN_FILES.log), text)
  return directory
}

test('a log that is not there or empty has no lines', () => {
  expect(readLogTail(temporaryFolder(), 5)).toEqual({ lines: [], isCut: false })
  expect(readLogTail(withLog(''), 5)).toEqual({ lines: [], isCut: false })
})

test('the last lines are given, and whether there are more', () => {
  const directory = withLog('one\ntwo\nthree\n')
  expect(readLogTail(directory, 3)).toEqual({ lines: ['one', 'two', 'three'], isCut: false })
  expect(readLogTail(directory, 2)).toEqual({ lines: ['two', 'three'], isCut: true })
})

test('of a large log only its end is read', () => {
  const { lines, isCut } = readLogTail(withLog(`${'x'.repeat(99)}\n`.repeat(10_000)), 20)
  expect(lines).toHaveLength(20)
  expect(lines.at(-1)).toBe('x'.repeat(99))
  expect(isCut).toBe(true)
})
