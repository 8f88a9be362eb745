/** The process's side of probe.ts. Says where it is before anything that may end it. */
import { writeSync } from 'node:fs'
import { watchPlace } from '../place.ts'
import { PROBE_DESCRIPTOR, type ProbeLine } from './probe-protocol.ts'

watchPlace((place) => say({ place }))

try {
  say(await probe())
} catch (error) {
  say({ error: reasonOf(error) })
}
process.exit()

async function probe(): Promise<ProbeLine> {
  // Loaded here, so that a runtime that cannot be loaded is an answer too.
  const { openDevice, selfTest } = await import('./self-test.ts')
  try {
    await openDevice('webgpu')
  } catch (error) {
    return { absent: reasonOf(error) }
  }
  return { result: await selfTest('webgpu') }
}

/** ONNX Runtime's messages begin with a file, a function and a condition of its own source. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message
    .split('\n')[0]!
    .replace(/^.* was false\. /, '')
    .trim()
}

function say(line: ProbeLine): void {
  writeSync(PROBE_DESCRIPTOR, `${JSON.stringify(line)}\n`)
}
