import { expect, test } from 'vitest'
import { coalesced } from '../../../src-renderer/state/coalesced.ts'

function slowTask() {
  const pending: (() => void)[] = []
  let begun = 0
  const task = (): Promise<void> => {
    begun++
    return new Promise((done) => pending.push(done))
  }
  return { task, finish: () => pending.shift()!(), begun: () => begun }
}
const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 0))

test('calls that come meanwhile are answered by one more run, after the first', async () => {
  const { task, finish, begun } = slowTask()
  const run = coalesced(task)
  const first = run()
  void run()
  void run()
  expect(begun()).toBe(1)
  finish()
  await turn()
  expect(begun()).toBe(2)
  finish()
  await first
  expect(begun()).toBe(2)
})

test('a later call runs again', async () => {
  const { task, finish, begun } = slowTask()
  const run = coalesced(task)
  for (const times of [1, 2]) {
    const done = run()
    finish()
    await done
    expect(begun()).toBe(times)
  }
})
