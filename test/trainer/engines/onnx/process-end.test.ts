import { expect, test } from 'vitest'
import { toWire } from '#trainer/engines/onnx/engine-protocol'
import { failureOfEnd, type ProcessEnd } from '#trainer/engines/onnx/process-end'

const END: ProcessEnd = { code: null, signal: 'SIGABRT', lastWords: '', place: 'train-policy [16 x 192, 2048 tokens]' }

test.each([
  ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
  ["terminate called after throwing an instance of 'std::bad_alloc'"],
])('an abort after "%s" is a lack of memory', (lastWords) => {
  expect(failureOfEnd({ ...END, lastWords })).toMatchObject({
    code: 'memory.exhausted',
    message: 'The engine ran out of memory in train-policy [16 x 192, 2048 tokens].',
  })
})

test('any other end is a crash, with its signal or its exit code', () => {
  expect(failureOfEnd(END)).toMatchObject({
    code: 'engine.crashed',
    message: 'The engine crashed (SIGABRT) in train-policy [16 x 192, 2048 tokens].',
  })
  // What Windows says of an access violation.
  expect(failureOfEnd({ ...END, signal: null, code: 0xc0000005 }).message).toContain('crashed (exit code 3221225477)')
})

test('an array that cannot be had is a lack of memory in the place where it was wanted', () => {
  const refused = new RangeError('Array buffer allocation failed')
  expect(toWire(refused, 'update')).toEqual({ kind: 'failure', code: 'memory.exhausted', facts: { where: 'update' } })
  expect(toWire(new RangeError('Invalid array length'), 'update')).toMatchObject({ kind: 'error' })
})
