import { appendFileSync, existsSync, readFileSync, symlinkSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Failure } from '#contract/failure'
import { Journal, readJournal, type JournalOptions } from '#trainer/journal/journal'
import { started, stepFinished } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const now = (): Date => new Date(0)
const aFile = (): string => join(temporaryFolder(), 'journal.jsonl')

function open(file: string, options: Partial<JournalOptions> = {}): Journal {
  return new Journal(file, { now, ...options })
}

describe('the journal', () => {
  test('numbers events from 1, and goes on with the next number when it is opened again', () => {
    const file = aFile()
    const first = open(file)
    first.append(started())
    first.append(stepFinished(1))
    first.close()
    const second = open(file)
    expect(second.earlier.map(({ seq }) => seq)).toEqual([1, 2])
    expect(second.append(stepFinished(2)).seq).toBe(3)
    second.close()
    expect(readJournal(file).events.map(({ seq }) => seq)).toEqual([1, 2, 3])
  })

  test('cuts a torn last line off, in the middle of a letter too', () => {
    const file = aFile()
    const journal = open(file)
    journal.append(started())
    journal.close()
    const whole = readFileSync(file, 'utf8')
    appendFileSync(file, Buffer.from('{"seq":2,"type":"✓').subarray(0, -1))
    open(file).close()
    expect(readFileSync(file, 'utf8')).toBe(whole)
  })

  test('damage elsewhere is a failure with the number of the line', () => {
    const file = aFile()
    writeFileSync(file, `${JSON.stringify({ seq: 1, time: 'x', ...started() })}\nnot json\n{}\n`)
    expect(() => open(file)).toThrow('is damaged at line 2')
  })

  test('a line that is JSON but no event is damage too', () => {
    const file = aFile()
    writeFileSync(file, `${JSON.stringify({ seq: 1, time: 'x', ...started() })}\n{}\n`)
    expect(() => open(file)).toThrow('is damaged at line 2')
  })

  test('goes on after an event of a type that only a newer version knows', () => {
    const file = aFile()
    writeFileSync(file, `${JSON.stringify({ seq: 7, time: 'x', type: 'moon.rose' })}\n`)
    const journal = open(file)
    expect(journal.earlier).toEqual([])
    expect(journal.append(started()).seq).toBe(8)
    journal.close()
  })

  test('a byte that is no letter does not move the end of the file', () => {
    const file = aFile()
    const line = Buffer.from(`${JSON.stringify({ seq: 1, time: 'x?', ...started() })}\n`)
    line[line.indexOf('?')] = 0xff
    writeFileSync(file, line)
    open(file).close()
    expect(readFileSync(file)).toEqual(line)
  })

  // Whatever is written to this device, the system says that its disk is full.
  test.skipIf(!existsSync('/dev/full'))(
    'on a disk that is full from the start says so (needs /dev/full, as Linux has it)',
    () => {
      const file = aFile()
      symlinkSync('/dev/full', join(file, '../.reserve'))
      expect(attempt(() => open(file))).toMatchObject({ code: 'disk.full' })
    },
  )

  test('on a full disk no half line stays, and the run’s end still finds room', () => {
    const file = aFile()
    // As the system does it: a part is taken without an error, then nothing.
    let room = Infinity
    const write = (handle: number, bytes: Buffer, position: number): number => {
      if (room === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      const taken = writeSync(handle, bytes, 0, Math.min(bytes.length, room), position)
      room -= taken
      return taken
    }
    const journal = open(file, { write })
    journal.append(started())
    room = 9
    const failure = attempt(() => journal.append(stepFinished(1)))
    expect(failure).toBeInstanceOf(Failure)
    expect((failure as Failure).code).toBe('disk.full')
    expect(readJournal(file).events).toHaveLength(1)
    // The reserve is given back: there is room again.
    room = Infinity
    journal.appendEnd({ type: 'run.ended', step: 0, outcome: 'failed' })
    journal.close()
    expect(readJournal(file).events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'run.started'],
      [2, 'run.ended'],
    ])
    expect(existsSync(join(file, '../.reserve'))).toBe(false)
  })
})

function attempt(run: () => unknown): unknown {
  try {
    run()
    return null
  } catch (error) {
    return error
  }
}
