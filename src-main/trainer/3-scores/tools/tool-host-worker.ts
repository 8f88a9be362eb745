/** The small process that starts boxes: a process that holds a model takes tens of milliseconds to fork, this one takes few. */
import type { SandboxJob } from './sandbox.ts'
import { runInSandbox } from './sandbox.ts'
import type { ToolAnswer, ToolCall } from './tool-host.ts'

const [bwrapPath, ...toolFolders] = process.argv.slice(2)

process.on('message', ({ id, job }: ToolCall) => void answer(id, job))
// Its parent is gone, or done.
process.on('disconnect', () => process.exit())

async function answer(id: number, job: SandboxJob): Promise<void> {
  try {
    reply({ id, result: await runInSandbox(bwrapPath!, toolFolders, job) })
  } catch (error) {
    reply({ id, error: error instanceof Error ? error.message : String(error) })
  }
}

function reply(answer: ToolAnswer): void {
  if (process.connected) process.send!(answer)
}
