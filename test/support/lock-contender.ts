/** A thread that tries to take locks together with others: nobody begins with a lock before all are there. */
import { parentPort, workerData } from 'node:worker_threads'
import { takeLock } from '#trainer/journal/run-lock'

const { files, round, threads } = workerData as { files: string[]; round: Int32Array; threads: number }
const won: string[] = []
for (const [i, file] of files.entries()) {
  const arrived = Atomics.add(round, 0, 1) + 1
  if (arrived === (i + 1) * threads) Atomics.notify(round, 0)
  for (let seen = arrived; seen < (i + 1) * threads; seen = Atomics.load(round, 0)) Atomics.wait(round, 0, seen)
  try {
    takeLock(file, new Date(0))
    won.push(file)
  } catch {
    // Another was faster.
  }
}
parentPort!.postMessage(won)
