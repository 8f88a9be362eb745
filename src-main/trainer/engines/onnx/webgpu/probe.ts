/** Tries the graphics device in a process of its own, since a driver can crash it or never answer, and says what it is worth. */
import { fork } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Failure } from '#contract/failure'
import type { Device } from '../../engine.ts'
import { PROBE_DESCRIPTOR, type ProbeLine } from './probe-protocol.ts'

/** Some hundred shaders are compiled: seconds for a driver; a software adapter on a busy machine took 20 s. */
const TIMEOUT_MS = 90_000

export type DeviceFinding =
  | { readonly state: 'available'; readonly caseCount: number; readonly worstError: number; readonly speedup: number }
  /** There is a device, and it is not to be used. */
  | { readonly state: 'refused'; readonly reason: string }
  | { readonly state: 'absent'; readonly reason: string }

let known: Promise<DeviceFinding> | null = null

/** Once per process: the answer does not change while the machine runs. */
export function webgpuFinding(): Promise<DeviceFinding> {
  known ??= probeWebgpu()
  return known
}

/** Throws Failure device.refused where the device may not be used. */
export async function assertDevice(device: Device): Promise<void> {
  if (device === 'cpu') return
  const finding = await webgpuFinding()
  if (finding.state !== 'available') throw new Failure('device.refused', { device, reason: finding.reason })
}

export async function probeWebgpu(environment: NodeJS.ProcessEnv = process.env, timeoutMs = TIMEOUT_MS): Promise<DeviceFinding> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const child = fork(fileURLToPath(new URL(`./webgpu-probe-worker.${extension}`, import.meta.url)), [], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
    env: environment,
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const started = performance.now()
  let said = ''
  ;(child.stdio[PROBE_DESCRIPTOR] as Readable).on('data', (text) => (said += String(text)))
  const ending = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  clearTimeout(timer)
  const isLate = performance.now() - started >= timeoutMs
  return findingOf(said, isLate ? `did not end within ${timeoutMs / 1000} s` : `ended its process (${ending})`)
}

/** `ending`: what became of the process, for one that gave no answer. */
export function findingOf(said: string, ending: string): DeviceFinding {
  const lines = said
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ProbeLine)
  let place = 'its start'
  for (const line of lines) {
    if ('place' in line) place = line.place
    else if ('absent' in line) return { state: 'absent', reason: line.absent }
    else if ('error' in line) return { state: 'refused', reason: `${place} failed: ${line.error}` }
    else return ofResult(line.result)
  }
  return { state: 'refused', reason: `it ${ending} in ${place}` }
}

function ofResult(result: Extract<ProbeLine, { result: unknown }>['result']): DeviceFinding {
  if (result.outcome === 'differs') {
    return { state: 'refused', reason: `${result.where} differs from the CPU’s by ${result.error.toExponential(1)}` }
  }
  const { caseCount, worstError, speedup } = result
  return { state: 'available', caseCount, worstError, speedup }
}
