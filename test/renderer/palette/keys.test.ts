import { describe, expect, test } from 'vitest'
import { FRAME_COMMANDS } from '#contract/frame-commands'
import { KeyReader, keysOfAccelerator, shownKeys, strokeOf } from '../../../src-renderer/palette/keys.ts'

const press = (key: string, changes = {}): Parameters<typeof strokeOf>[0] => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...changes,
})

describe('a press', () => {
  test('is written by its letter, and with Mod where it is held: Command on a Mac, Ctrl elsewhere', () => {
    expect(strokeOf(press('g'), false)).toBe('G')
    expect(strokeOf(press('k', { ctrlKey: true }), false)).toBe('Mod+K')
    expect(strokeOf(press('k', { metaKey: true }), true)).toBe('Mod+K')
  })

  test('that belongs to the system or the field is left alone', () => {
    expect(strokeOf(press('k', { ctrlKey: true }), true)).toBeNull()
    expect(strokeOf(press('k', { metaKey: true }), false)).toBeNull()
    expect(strokeOf(press('g', { altKey: true }), false)).toBeNull()
    expect(strokeOf(press('Shift'), false)).toBeNull()
  })

  test('on a keyboard of another script counts by its place', () => {
    expect(strokeOf(press('п', { code: 'KeyG' }), false)).toBe('G')
    expect(strokeOf(press('л', { code: 'KeyK', ctrlKey: true }), false)).toBe('Mod+K')
  })
})

describe('keys one after the other', () => {
  const reader = (): KeyReader => new KeyReader(FRAME_COMMANDS)

  test('call their command', () => {
    const keys = reader()
    expect([keys.take('G', 0), keys.take('R', 400)]).toEqual([null, 'runs'])
    expect([keys.take('?', 500), keys.take('Mod+K', 600)]).toEqual(['shortcuts', 'palette'])
  })

  test('begin anew after another key, after a pause and after a command', () => {
    const keys = reader()
    expect([keys.take('G', 0), keys.take('X', 100), keys.take('R', 200)]).toEqual([null, null, null])
    expect([keys.take('G', 1_000), keys.take('R', 4_000)]).toEqual([null, null])
    expect([keys.take('G', 5_000), keys.take('R', 5_100), keys.take('D', 5_200)]).toEqual([null, 'runs', null])
  })

  test('may begin twice', () => {
    const keys = reader()
    expect([keys.take('G', 0), keys.take('G', 100), keys.take('D', 200)]).toEqual([null, null, 'datasets'])
  })
})

test('are shown as they stand on the keyboard', () => {
  expect([shownKeys('G R', false), shownKeys('Mod+K', false), shownKeys('Mod+K', true)]).toEqual([['G', 'R'], ['Ctrl+K'], ['⌘K']])
  expect(keysOfAccelerator('CmdOrCtrl+,')).toBe('Mod+,')
})

test('no command has the keys of another, or keys that begin with another’s', () => {
  for (const one of FRAME_COMMANDS) {
    const clashing = FRAME_COMMANDS.filter(({ id, keys }) => id !== one.id && `${keys} `.startsWith(`${one.keys} `))
    expect(clashing).toEqual([])
  }
  const accelerators = FRAME_COMMANDS.map(({ accelerator }) => accelerator).filter((one) => one !== null)
  expect(new Set(accelerators).size).toBe(accelerators.length)
})
