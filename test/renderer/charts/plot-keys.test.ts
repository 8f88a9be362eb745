import { expect, test } from 'vitest'
import { plotAction } from '../../../src-renderer/charts/plot-keys.ts'

const pressed = (key: string, shiftKey = false) => plotAction({ key, shiftKey })

test('arrows move over the steps, with Shift they move what is shown', () => {
  expect(pressed('ArrowLeft')).toEqual({ kind: 'move', places: -1 })
  expect(pressed('ArrowRight', true)).toEqual({ kind: 'pan', share: 1 / 8 })
  expect(pressed('ArrowLeft', true)).toEqual({ kind: 'pan', share: -1 / 8 })
})

test('plus needs Shift on many keyboards', () => {
  expect(pressed('+', true)).toEqual({ kind: 'zoom', factor: 1 / 2 })
})

test('other keys are left to the page', () => {
  expect(pressed('Tab')).toBeNull()
  expect(pressed('a')).toBeNull()
})
