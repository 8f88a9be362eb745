/** Which native tools this machine has, for tests that are skipped by name where they are missing. */
import { startSimulation } from '#trainer/3-scores/simulation'
import { findTools, type NativeTools } from '#trainer/3-scores/tools/find-tools'

export interface Found {
  readonly tools: NativeTools
  /** Icarus Verilog in a Bubblewrap box works. */
  readonly hasSimulation: boolean
  /** Why not; empty when it does. */
  readonly reason: string
}

export async function nativeTools(): Promise<Found> {
  const tools = await findTools(process.env)
  try {
    const simulation = await startSimulation({ environment: process.env, isUnboxedAllowed: false })
    await simulation.close()
    return { tools, hasSimulation: true, reason: '' }
  } catch (error) {
    const reason = (error as Error).message
    console.log(`Tests of native simulation are skipped: ${reason}`)
    return { tools, hasSimulation: false, reason }
  }
}
