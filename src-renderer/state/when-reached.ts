/** What could not be read because the workbench was away is read when it is there again. */
import { workbench } from '../workbench.ts'

const waiting = new Set<() => void>()

workbench.onConnection((connection) => {
  if (connection !== 'open') return
  const all = [...waiting]
  waiting.clear()
  for (const read of all) read()
})

/** Calls `read` at the next open line, once. */
export function whenReached(read: () => void): void {
  waiting.add(read)
}
