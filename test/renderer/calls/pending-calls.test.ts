import { expect, test } from 'vitest'
import { PendingCalls } from '../../../src-renderer/calls/pending-calls.ts'
import type { WorkbenchError } from '../../../src-renderer/calls/workbench-error.ts'

/** A line that keeps what is sent over it. */
function aLine() {
  const texts: string[] = []
  const sent = () => texts.map((text) => JSON.parse(text) as { id: number; method: string; args: unknown[] })
  return { send: (text: string) => void texts.push(text), sent }
}

const error = (promise: Promise<unknown>): Promise<WorkbenchError> =>
  promise.then(
    () => Promise.reject(new Error('it was answered')),
    (reason: WorkbenchError) => reason,
  )

test('what a lost line took with it is sent again, as it was and in its order', async () => {
  const [first, second] = [aLine(), aLine()]
  const pending = new PendingCalls()
  const create = pending.send('runs.create', [{ preset: 'p' }, '0123abcd'], first.send)
  const list = pending.send('runs.list', [], first.send)
  pending.lose()
  pending.sendAgain(second.send)
  expect(second.sent()).toEqual(first.sent())
  expect(pending.methods).toEqual(['runs.create', 'runs.list'])
  pending.answer({ id: 1, result: { id: 'a' } })
  pending.answer({ id: 2, error: { code: 'bug', message: 'no' } })
  expect(await create).toEqual({ id: 'a' })
  expect((await error(list)).message).toBe('no')
})

test('what was answered is not sent again, and a second answer changes nothing', async () => {
  const line = aLine()
  const pending = new PendingCalls()
  const call = pending.send('runs.list', [], line.send)
  pending.answer({ id: 1, result: ['first'] })
  pending.answer({ id: 1, result: ['second'] })
  pending.lose()
  pending.sendAgain(line.send)
  expect(await call).toEqual(['first'])
  expect(line.sent()).toHaveLength(1)
})

test.each(['runs.export', 'views.save', 'views.rename', 'views.remove'])(
  '%s is sent once, as its second time would be refused: when its line is cut, it is not known whether it was done',
  async (method) => {
    const line = aLine()
    const pending = new PendingCalls()
    const call = error(pending.send(method, ['a'], line.send))
    pending.lose()
    pending.sendAgain(line.send)
    expect((await call).code).toBe('connection.unanswered')
    expect(line.sent()).toHaveLength(1)
  },
)

test('a call that ends its line each time is given up', async () => {
  const line = aLine()
  const pending = new PendingCalls()
  const call = error(pending.send('score.completion', ['x'], line.send))
  for (let i = 0; i < 20; i++) {
    pending.lose()
    pending.sendAgain(line.send)
  }
  expect((await call).code).toBe('connection.unanswered')
  expect(line.sent()).toHaveLength(5)
})
