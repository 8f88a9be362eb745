import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ControlReader } from '#trainer/journal/control-reader'
import { temporaryFolder } from '#test/support/temporary-folder'

const START = new Date('2026-01-01T00:00:00.000Z')
const line = (id: string, time = '2026-01-01T00:00:01.000Z'): string => `${JSON.stringify({ id, time, command: 'pause' })}\n`

function aReader(text: string, applied: string[] = []): { reader: ControlReader; file: string } {
  const file = join(temporaryFolder(), 'control.jsonl')
  writeFileSync(file, text)
  return { reader: new ControlReader(file, START, applied), file }
}

const ids = (reader: ControlReader): string[] => reader.take().map(({ id }) => id)

describe('commands to a trainer', () => {
  test('are read once each, in order', () => {
    const { reader, file } = aReader(line('a') + line('b'))
    expect(ids(reader)).toEqual(['a', 'b'])
    appendFileSync(file, line('c') + line('a'))
    expect(ids(reader)).toEqual(['c'])
    expect(ids(reader)).toEqual([])
  })

  test('from before the trainer’s start, and those that were applied already, are passed over', () => {
    const { reader } = aReader(line('old', '2025-12-31T23:59:59.000Z') + line('done') + line('new'), ['done'])
    expect(ids(reader)).toEqual(['new'])
  })

  test('half a line waits for its other half; a line that is no command is passed over', () => {
    const { reader, file } = aReader('nonsense\n{"command":"dance"}\n')
    appendFileSync(file, line('ä').slice(0, 20))
    expect(ids(reader)).toEqual([])
    appendFileSync(file, line('ä').slice(20))
    expect(ids(reader)).toEqual(['ä'])
  })

  test('a byte that is no letter loses no command that follows', () => {
    const { reader, file } = aReader('')
    appendFileSync(file, Buffer.concat([Buffer.of(0xff, 0xff, 0x0a), Buffer.from(line('a'))]))
    expect(ids(reader)).toEqual(['a'])
    appendFileSync(file, line('b'))
    expect(ids(reader)).toEqual(['b'])
  })

  test('none come while there is no file', () => {
    const file = join(temporaryFolder(), 'control.jsonl')
    const reader = new ControlReader(file, START, [])
    expect(ids(reader)).toEqual([])
    writeFileSync(file, line('a'))
    expect(ids(reader)).toEqual(['a'])
  })
})
