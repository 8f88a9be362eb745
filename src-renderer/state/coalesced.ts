/**
 * A function that runs `task` one at a time: calls that come while it runs are answered together by one more run, so that what was read is never
 * older than the last call. The promise is settled when all of that is done. `task` must not throw.
 */
export function coalesced(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let isAskedAgain = false

  async function runAll(): Promise<void> {
    do {
      isAskedAgain = false
      await task()
    } while (isAskedAgain)
    running = null
  }

  return () => {
    if (running) isAskedAgain = true
    else running = runAll()
    return running
  }
}
