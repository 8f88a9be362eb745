/** What a small program says on stdout. */
import { execFile } from 'node:child_process'

const PATIENCE_MS = 15_000

/** null where it is not there, ends with an error, or gives no answer in time. */
export function runBriefly(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: PATIENCE_MS, windowsHide: true }, (error, stdout) => resolve(error ? null : stdout))
  })
}
