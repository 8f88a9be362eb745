import { expect, test } from 'vitest'
import { inOrder } from '#trainer/engines/onnx/lanes/in-order'

const ITEMS = [5, 1, 4, 2, 3, 0]
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('results come in the order of the items, however long each takes', async () => {
  const taken: number[] = []
  await inOrder(
    ITEMS,
    3,
    (item) => after(item * 5).then(() => item * 10),
    (result) => taken.push(result),
  )
  expect(taken).toEqual(ITEMS.map((item) => item * 10))
})

test('no more than `width` are under way', async () => {
  let [now, most] = [0, 0]
  const work = async (): Promise<void> => {
    most = Math.max(most, ++now)
    await after(2)
    now--
  }
  await inOrder(ITEMS, 2, work, () => {})
  expect(most).toBe(2)
})

test('the error of a later item waits for its turn, ends the work, and leaves none under way', async () => {
  const [begun, ended, taken]: number[][] = [[], [], []]
  const work = async (item: number): Promise<number> => {
    begun!.push(item)
    await after(item * 5)
    ended!.push(item)
    if (item === 1) throw new Error('no')
    return item
  }
  await expect(inOrder(ITEMS, 3, work, (item) => taken!.push(item))).rejects.toThrow('no')
  expect(taken).toEqual([5])
  expect(begun!.length).toBeLessThan(ITEMS.length)
  expect(ended!.toSorted()).toEqual(begun!.toSorted())
})

test('once stopped nothing more begins, and what is under way is taken', async () => {
  const taken: number[] = []
  await inOrder(
    ITEMS,
    2,
    async (item) => item,
    (item) => taken.push(item),
    () => taken.length === 2,
  )
  expect(taken).toEqual([5, 1, 4])
})
