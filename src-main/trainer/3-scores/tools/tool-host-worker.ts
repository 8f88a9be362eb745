/** The small process that starts boxes: a process that holds a model takes tens of milliseconds to fork, this one takes few. */
import { closeInherited } from './inherited-descriptors.ts'
import { stepBehind, stepBehindAsSession } from './priority.ts'
import { runInSandbox, type SandboxJob, type SandboxPlace } from './sandbox.ts'
import type { ToolAnswer, ToolCall } from './tool-host.ts'

// Here, not where it is forked: Node cannot close a descriptor in a child, and other threads there open files meanwhile.
closeInherited()

const place = JSON.parse(process.argv[2]!) as SandboxPlace
if (place.isBehind === true) {
  stepBehind()
  stepBehindAsSession()
}

process.on('message', ({ id, job }: ToolCall) => void answer(id, job))
/** Its parent is gone, or done: what is under way ends, its folders go, and nothing keeps this process any longer. */
const end = new AbortController()
process.on('disconnect', () => end.abort())

async function answer(id: number, job: SandboxJob): Promise<void> {
  try {
    reply({ id, result: await runInSandbox(place, job, end.signal) })
  } catch (error) {
    reply({ id, error: error instanceof Error ? error.message : String(error) })
  }
}

function reply(answer: ToolAnswer): void {
  if (process.connected) process.send!(answer)
}
