import { expect, test } from 'vitest'
import { Drafts } from '../../../src-renderer/state/drafts.ts'

/** As a browser's, with room for so many letters. */
class FakeStorage {
  readonly #texts = new Map<string, string>()
  readonly #room: number

  constructor(room = Infinity) {
    this.#room = room
  }

  get length(): number {
    return this.#texts.size
  }

  key(i: number): string | null {
    return [...this.#texts.keys()][i] ?? null
  }

  getItem(key: string): string | null {
    return this.#texts.get(key) ?? null
  }

  setItem(key: string, text: string): void {
    const others = [...this.#texts].reduce((sum, [one, kept]) => sum + (one === key ? 0 : kept.length), 0)
    if (others + text.length > this.#room) throw new Error('QuotaExceededError')
    this.#texts.set(key, text)
  }

  removeItem(key: string): void {
    this.#texts.delete(key)
  }
}

const NOON = Date.parse('2026-11-28T12:00:00.000Z')
const read = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** minute: of the clock, so that tabs write one after the other. */
function aTab(storage: FakeStorage, tab: string, minute = 0): Drafts {
  return new Drafts(storage, tab, () => NOON + minute * 60_000)
}

const found = (tab: Drafts, form: string, version = 1): string | null => tab.find(form, version, read).draft?.value ?? null

test('a tab that is read anew finds what was typed, with its time', () => {
  const storage = new FakeStorage()
  aTab(storage, 'a', 2).keep('run', 1, 'typed')
  expect(aTab(storage, 'a').find('run', 1, read)).toEqual({
    draft: { value: 'typed', at: '2026-11-28T12:02:00.000Z' },
    isDropped: false,
  })
  expect(found(aTab(storage, 'a'), 'plan')).toBe(null)
})

test('a new tab takes the newest of the others, and does not write over it', () => {
  const storage = new FakeStorage()
  aTab(storage, 'a', 1).keep('run', 1, 'older')
  aTab(storage, 'b', 2).keep('run', 1, 'newer')
  const third = aTab(storage, 'c', 3)
  expect(found(third, 'run')).toBe('newer')
  third.keep('run', 1, 'third')
  expect(found(aTab(storage, 'a'), 'run')).toBe('older')
  expect(found(aTab(storage, 'b'), 'run')).toBe('newer')
  expect(found(aTab(storage, 'c'), 'run')).toBe('third')
})

test('what is done is gone, with the slot that it was taken from; a tab that went on typing keeps its own', () => {
  const storage = new FakeStorage()
  const first = aTab(storage, 'a', 1)
  first.keep('run', 1, 'one')
  const second = aTab(storage, 'b', 2)
  expect(found(second, 'run')).toBe('one')
  second.remove('run')
  expect(found(aTab(storage, 'c'), 'run')).toBe(null)

  first.keep('run', 1, 'two')
  expect(found(second, 'run')).toBe('two')
  first.keep('run', 1, 'two and more')
  second.remove('run')
  expect(found(aTab(storage, 'c'), 'run')).toBe('two and more')
})

test('a draft of another version, or that is none, is dropped and said to be', () => {
  const storage = new FakeStorage()
  const tab = aTab(storage, 'a')
  tab.keep('run', 1, 'old')
  expect(tab.find('run', 2, read)).toEqual({ draft: null, isDropped: true })
  expect(tab.find('run', 2, read)).toEqual({ draft: null, isDropped: false })
  storage.setItem('draft:run:a', '{"torn')
  expect(tab.find('run', 1, read)).toEqual({ draft: null, isDropped: true })
  tab.keep('run', 1, { not: 'a text' })
  expect(tab.find('run', 1, read).isDropped).toBe(true)
})

test('a form is not taken for another whose name begins alike', () => {
  const storage = new FakeStorage()
  const tab = aTab(storage, 'a')
  tab.keep('notes/one', 1, 'of one')
  tab.keep('notes/one:more', 1, 'of the other')
  expect(found(aTab(storage, 'b'), 'notes/one')).toBe('of one')
  expect(tab.forms('notes/')).toEqual(['notes/one', 'notes/one:more'])
})

test('too long a text is not kept, nor what was kept before it', () => {
  const storage = new FakeStorage()
  const tab = aTab(storage, 'a')
  expect(tab.keep('run', 1, 'short')).toBe(true)
  expect(tab.keep('run', 1, 'x'.repeat(400_000))).toBe(false)
  expect(found(tab, 'run')).toBe(null)
})

test('a full browser gives up older drafts for the one that is being typed, and nothing else of the page', () => {
  const storage = new FakeStorage(1000)
  storage.setItem('theme', 'dark')
  for (const [minute, form] of ['one', 'two', 'three'].entries()) aTab(storage, 'a', minute).keep(form, 1, 'y'.repeat(200))
  expect(aTab(storage, 'a', 9).keep('four', 1, 'z'.repeat(600))).toBe(true)
  expect(found(aTab(storage, 'a'), 'four')).toBe('z'.repeat(600))
  expect(storage.getItem('theme')).toBe('dark')
  expect(aTab(storage, 'a', 10).keep('five', 1, 'z'.repeat(2000))).toBe(false)
})

test('there are at most sixty drafts, the newest ones, and none of more than thirty days', () => {
  const storage = new FakeStorage()
  for (let i = 0; i < 80; i++) aTab(storage, 'a', i).keep(`form ${i}`, 1, 'typed')
  expect(storage.length).toBe(60)
  expect(found(aTab(storage, 'a'), 'form 79')).toBe('typed')
  expect(found(aTab(storage, 'a'), 'form 3')).toBe(null)
  aTab(storage, 'b', 31 * 24 * 60)
  aTab(storage, 'b', 33 * 24 * 60)
  expect(storage.length).toBe(0)
})
