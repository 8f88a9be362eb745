import { expect, test } from 'vitest'
import { PlotPointer } from '../../../src-renderer/charts/plot-pointer.ts'

test('a drag is a stretch from where it began, in either direction', () => {
  const pointer = new PlotPointer()
  pointer.press(50)
  expect(pointer.dragged(80)).toEqual([50, 80])
  expect(pointer.release(20)).toEqual([50, 20])
})

test('a hand that trembles clicks', () => {
  const pointer = new PlotPointer()
  pointer.press(50)
  expect(pointer.dragged(53)).toBeNull()
  expect(pointer.release(53)).toBe('click')
})

test('what was pressed elsewhere, or is let go already, is nothing', () => {
  const pointer = new PlotPointer()
  expect(pointer.dragged(80)).toBeNull()
  expect(pointer.release(80)).toBeNull()
  pointer.press(50)
  pointer.release(50)
  expect(pointer.release(90)).toBeNull()
})

test('a drag that moves what is shown chooses nothing', () => {
  const pointer = new PlotPointer()
  pointer.press(50, 'pan')
  expect(pointer.moved(80)).toBe(30)
  expect(pointer.dragged(80)).toBeNull()
  expect(pointer.release(80)).toBeNull()
  expect(pointer.moved(90)).toBeNull()
})

test('a drag that chooses moves nothing', () => {
  const pointer = new PlotPointer()
  pointer.press(50)
  expect(pointer.moved(80)).toBeNull()
})
