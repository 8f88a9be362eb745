/**
 * Runs `work` on all items, up to `width` at once, and hands what comes of them to `take` in the items' order: sums are then the same however long
 * each takes. After an error, or once `isStopped` says so, no more are begun; those under way are waited for.
 */
export async function inOrder<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
  take: (result: Result, item: Item) => void,
  isStopped: () => boolean = () => false,
): Promise<void> {
  const underWay: { item: Item; result: Promise<Result> }[] = []
  const takeOldest = async (): Promise<void> => {
    const { item, result } = underWay.shift()!
    take(await result, item)
  }
  try {
    for (const item of items) {
      if (isStopped()) break
      const result = work(item)
      // Its error is heard when its turn comes.
      result.catch(() => {})
      underWay.push({ item, result })
      if (underWay.length === width) await takeOldest()
    }
    while (underWay.length > 0) await takeOldest()
  } finally {
    await Promise.allSettled(underWay.map(({ result }) => result))
  }
}
