import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { boundsFor, keepPlace, keptPlace } from '#shell/window-place'
import { electron } from '#test/support/electron-double'
import { temporaryFolder } from '#test/support/temporary-folder'
import { openDesktop } from './open-desktop.ts'

beforeEach(() => electron.restart())

const SCREEN = { x: 0, y: 0, width: 1920, height: 1040 }
const SECOND = { x: 1920, y: 0, width: 2560, height: 1400 }
const FIRST = { width: 1280, height: 832 }
const at = (x: number, y: number, width = 1000, height = 700) => ({ bounds: { x, y, width, height }, isMaximized: false })

describe('the window opens', () => {
  test('in its first size in the middle, where nothing was kept', () => {
    expect(boundsFor(null, [SCREEN])).toEqual(FIRST)
  })

  test('where it was, on whichever screen', () => {
    expect(boundsFor(at(40, 60), [SCREEN, SECOND])).toEqual(at(40, 60).bounds)
    expect(boundsFor(at(2000, 60, 2000), [SCREEN, SECOND])).toEqual(at(2000, 60, 2000).bounds)
  })

  test('in the middle again, when its screen is gone or its upper edge is out of reach', () => {
    expect(boundsFor(at(2000, 60), [SCREEN])).toEqual(FIRST)
    expect(boundsFor(at(40, -30), [SCREEN])).toEqual(FIRST)
    expect(boundsFor(at(40, 1030), [SCREEN])).toEqual(FIRST)
    expect(boundsFor(at(-950, 60), [SCREEN])).toEqual(FIRST)
    expect(boundsFor(at(-800, 60), [SCREEN])).toEqual(at(-800, 60).bounds)
  })

  test('no larger than its screen and no smaller than its least size', () => {
    expect(boundsFor(at(0, 0, 4000, 3000), [SCREEN])).toEqual(at(0, 0, 1920, 1040).bounds)
    expect(boundsFor(at(0, 0, 300, 200), [SCREEN])).toEqual(at(0, 0, 960, 600).bounds)
  })
})

describe('the file', () => {
  test('gives what was kept', () => {
    const file = join(temporaryFolder(), 'window.json')
    keepPlace(file, at(1, 2))
    expect(keptPlace(file)).toEqual(at(1, 2))
  })

  test.each(['', '{', '{"bounds":{"x":0}}', '{"bounds":{"x":0,"y":0,"width":-5,"height":"7"},"isMaximized":false}'])(
    'that says %j counts as none',
    (text) => {
      const file = join(temporaryFolder(), 'window.json')
      writeFileSync(file, text)
      expect(keptPlace(file)).toBeNull()
    },
  )

  test('that cannot be written costs no more than the place', () => {
    const folder = join(temporaryFolder(), 'window.json')
    mkdirSync(folder)
    expect(() => keepPlace(folder, at(1, 2))).not.toThrow()
  })
})

test('a window that is closed is found again where it was, and filling the screen', async () => {
  const placeFile = join(temporaryFolder(), 'window.json')
  await openDesktop({ placeFile })
  expect(electron.window.options).toMatchObject({ ...FIRST, minWidth: 960, minHeight: 600 })
  electron.window.bounds = at(50, 70).bounds
  electron.window.maximized = true
  electron.window.emitter.emit('close')
  expect(JSON.parse(readFileSync(placeFile, 'utf8'))).toEqual({ ...at(50, 70), isMaximized: true })
  electron.restart()
  await openDesktop({ placeFile })
  expect(electron.window.options).toMatchObject(at(50, 70).bounds)
  // Electron shows a window that it makes fill the screen: not before the page can be drawn.
  expect(electron.window.maximized).toBe(false)
  electron.window.emitter.emit('ready-to-show')
  expect(electron.window.maximized).toBe(true)
})
