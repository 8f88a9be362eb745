import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RunSummary } from '#contract/api'
import type { CheckProgress } from '#contract/known-datasets'
import type { JournalEvent } from '#contract/journal'
import { Outbox, type Line } from '#host/outbox'

/** A page that takes messages when it is told to. */
class SlowLine implements Line {
  bufferedAmount = 0
  readonly messages: { event: string; payload: { id: string; events?: { seq: number }[] } }[] = []
  readonly closes: number[] = []
  readonly #underWay: { bytes: number; whenTaken: () => void }[] = []

  send(text: string, whenTaken: () => void): void {
    this.messages.push(JSON.parse(text))
    this.bufferedAmount += text.length
    this.#underWay.push({ bytes: text.length, whenTaken })
  }

  take(): void {
    const first = this.#underWay.shift()
    if (first === undefined) return
    this.bufferedAmount -= first.bytes
    first.whenTaken()
  }

  takeAll(): void {
    while (this.#underWay.length > 0) this.take()
  }

  close(code: number): void {
    this.closes.push(code)
  }

  numbersOf(id: string): number[] {
    return this.messages.flatMap(({ event, payload }) =>
      event === 'run.events' && payload.id === id ? payload.events!.map(({ seq }) => seq) : [],
    )
  }
}

const anEvent = (seq: number): JournalEvent => ({ seq, time: '2026-01-01T00:00:00.000Z', type: 'run.paused', step: seq })
const aSummary = (step: number): RunSummary => ({ step }) as RunSummary

describe('a page that keeps up', () => {
  test('gets each event as it comes', () => {
    const line = new SlowLine()
    const outbox = new Outbox(line)
    for (const seq of [1, 2, 3]) outbox.push('run.events', { id: 'a', events: [anEvent(seq)] })
    expect(line.messages).toHaveLength(3)
    expect(line.numbersOf('a')).toEqual([1, 2, 3])
  })
})

describe('a slow page', () => {
  test('gets what waited in one message a run, and of a run’s states the last', () => {
    const line = new SlowLine()
    const outbox = new Outbox(line, { busyBytes: 10, waitingEvents: 100 })
    outbox.push('run.events', { id: 'a', events: [anEvent(1)] })
    for (const seq of [2, 3, 4]) {
      outbox.push('run.events', { id: 'a', events: [anEvent(seq)] })
      outbox.push('runs.changed', { id: 'a', summary: aSummary(seq) })
    }
    expect(line.messages).toHaveLength(1)
    line.takeAll()
    expect(line.messages).toHaveLength(3)
    expect(line.numbersOf('a')).toEqual([1, 2, 3, 4])
    expect(line.messages[2]).toMatchObject({ event: 'runs.changed', payload: { id: 'a', summary: { step: 4 } } })
  })

  test('gets of a check of a data set what stands last', () => {
    const line = new SlowLine()
    const outbox = new Outbox(line, { busyBytes: 0, waitingEvents: 5 })
    const told = (path: string, taskCount: number): void => outbox.push('datasets.progress', { path, taskCount } as CheckProgress)
    told('/a', 1)
    for (let taskCount = 2; taskCount <= 20; taskCount++) told('/a', taskCount)
    told('/b', 7)
    line.takeAll()
    expect(line.messages.map(({ payload }) => payload)).toMatchObject([
      { path: '/a', taskCount: 1 },
      { path: '/a', taskCount: 20 },
      { path: '/b', taskCount: 7 },
    ])
  })

  test('gets of a completion what stands last', () => {
    const line = new SlowLine()
    const outbox = new Outbox(line, { busyBytes: 0, waitingEvents: 5 })
    const texts = ['m', 'mo', 'mod', 'modu', 'module']
    for (const text of texts) outbox.push('playground.progress', { id: 'a', stage: 'generating', text, tokenCount: text.length })
    line.takeAll()
    expect(line.messages.map(({ payload }) => payload)).toMatchObject([{ text: 'm' }, { text: 'module' }])
  })

  test('loses nothing and sees nothing twice or out of order, however it takes', () => {
    const moves = fc.array(fc.oneof(fc.constantFrom('a', 'b'), fc.constant('take')), { maxLength: 200 })
    fc.assert(
      fc.property(moves, fc.integer({ min: 0, max: 500 }), (steps, busyBytes) => {
        const line = new SlowLine()
        const outbox = new Outbox(line, { busyBytes, waitingEvents: 1000 })
        const pushed: Record<string, number> = { a: 0, b: 0 }
        for (const move of steps) {
          if (move === 'take') line.take()
          else outbox.push('run.events', { id: move, events: [anEvent(++pushed[move]!)] })
        }
        line.takeAll()
        for (const [id, count] of Object.entries(pushed))
          expect(line.numbersOf(id)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
      }),
    )
  })

  test('that never takes loses its line instead of filling memory: it comes again and reads the journal', () => {
    const line = new SlowLine()
    const outbox = new Outbox(line, { busyBytes: 0, waitingEvents: 5 })
    for (let seq = 1; seq <= 20; seq++) outbox.push('run.events', { id: 'a', events: [anEvent(seq)] })
    expect(line.closes).toEqual([1013])
    line.takeAll()
    expect(line.numbersOf('a')).toEqual([1])
  })
})
