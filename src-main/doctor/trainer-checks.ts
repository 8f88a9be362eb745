/** What only the trainer's own process can tell: does the engine load, does a design get its score. */
import { execFile } from 'node:child_process'
import type { DoctorCheck } from '#contract/api'
import { trainerEnvironment, type TrainerLocation } from '#launch/trainer-process'
import { bad } from './check.ts'

const TIMEOUT_MS = 120_000

/** The trainer's own checks, or one bad check that says why there are none. */
export function trainerChecks(location: TrainerLocation): Promise<DoctorCheck[]> {
  const { nodePath, trainerPath } = location
  return new Promise((resolve) => {
    const options = { env: trainerEnvironment(location), timeout: TIMEOUT_MS, windowsHide: true }
    execFile(nodePath, [trainerPath, 'doctor'], options, (error, stdout, stderr) => {
      resolve(readChecks(stdout) ?? [silentTrainer(lastLine(stderr) ?? error?.message ?? 'it said nothing')])
    })
  })
}

/** The line of JSON among whatever else libraries print; null when there is none. */
export function readChecks(stdout: string): DoctorCheck[] | null {
  const line = stdout.split('\n').findLast((text) => text.startsWith('['))
  try {
    return line === undefined ? null : (JSON.parse(line) as DoctorCheck[])
  } catch {
    return null
  }
}

function silentTrainer(reason: string): DoctorCheck {
  return { name: 'Trainer', ...bad(`it does not start: ${reason}`, 'Run `npm ci` again in the folder of VeriTune.') }
}

function lastLine(text: string): string | undefined {
  return text.trim().split('\n').at(-1) || undefined
}
