/** The thread's side of thread-lane.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { toWire } from '../engine-protocol.ts'
import { graphName } from './compiled-graphs.ts'
import { LocalLane, type LaneJob } from './lane.ts'
import type { FromLane, LaneSettings, ToLane } from './lane-protocol.ts'

const port = parentPort!
const lane = new LocalLane(workerData as LaneSettings)

port.on('message', (message: ToLane) => {
  if ('set' in message) lane.share(message.set, message.tensors)
  else void answer(message.job)
})

async function answer(job: LaneJob): Promise<void> {
  try {
    const result = await lane.run(job)
    // The arrays move to the caller's thread.
    port.postMessage(
      { result } satisfies FromLane,
      Object.values(result).map(({ buffer }) => buffer as ArrayBuffer),
    )
  } catch (error) {
    port.postMessage({ error: toWire(error, graphName(job.key)) } satisfies FromLane)
  }
}
