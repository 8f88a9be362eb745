/** Icarus Verilog in the box: compile, simulate, and what it says. */
import { randomBytes } from 'node:crypto'
import type { Diagnostic } from '#contract/score'
import { SIMULATION_LIMITS, type Runner, type SandboxLimits, type SandboxResult } from '../tools/sandbox.ts'

export interface IcarusJob {
  /** In the order of compilation; the design comes last, so that its macros reach nothing else. */
  readonly sources: readonly (readonly [name: string, text: string])[]
  /** Beside the sources, not compiled. */
  readonly sideFiles?: Readonly<Record<string, string>>
  /** null lets Icarus find it. */
  readonly top: string | null
  readonly stdin?: string
  readonly collect?: readonly string[]
  readonly limits?: SandboxLimits
}

export type IcarusRun =
  | { readonly outcome: 'ran'; readonly stdout: string; readonly files: SandboxResult['files'] }
  | { readonly outcome: 'compile-error'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly outcome: 'tool-limit'; readonly reason: string }
  | { readonly outcome: 'timeout'; readonly summary: string }
  | { readonly outcome: 'tool-crash'; readonly summary: string }

const BINARY = 'simulation.vvp'

/** `-n`: $stop ends a simulation instead of asking a person. */
export async function runIcarus(
  runner: Runner,
  { sources, sideFiles = {}, top, stdin, collect, limits }: IcarusJob,
): Promise<IcarusRun> {
  // Printed by the shell between the two programs; what is printed after it cannot pretend to have come before.
  const compiled = `compiled-${randomBytes(12).toString('hex')}`
  const names = sources.map(([name]) => name)
  const result = await runner.run({
    files: { ...sideFiles, ...Object.fromEntries(sources) },
    commands: [
      ['iverilog', '-g2012', ...(top === null ? [] : ['-s', top]), '-o', BINARY, ...names],
      ['echo', compiled],
      ['vvp', '-n', BINARY],
    ],
    ...(stdin !== undefined && { stdin }),
    ...(collect !== undefined && { collect }),
    limits: limits ?? SIMULATION_LIMITS,
  })
  const mark = `${compiled}\n`
  const place = result.stdout.indexOf(mark)
  if (result.outcome !== 'exited') return endOf(result.outcome, place >= 0)
  if (place < 0) return refusal(result.stdout + result.stderr)
  return { outcome: 'ran', stdout: result.stdout.slice(place + mark.length), files: result.files }
}

function endOf(outcome: 'timeout' | 'output-limit', wasCompiled: boolean): IcarusRun {
  const what = wasCompiled ? 'The simulation' : 'The compilation'
  if (outcome === 'timeout') return { outcome: 'timeout', summary: `${what} did not end in its time.` }
  return { outcome: 'timeout', summary: `${what} wrote more than it may.` }
}

function refusal(said: string): IcarusRun {
  const sorry = said.split('\n').find((line) => line.includes('sorry:'))
  if (sorry !== undefined) return { outcome: 'tool-limit', reason: sorry.slice(sorry.indexOf('sorry:')) }
  const diagnostics = diagnosticsOf(said)
  if (diagnostics.length > 0) return { outcome: 'compile-error', diagnostics }
  const summary =
    said.trim() === '' ? 'Icarus ended without a word.' : `Icarus ended: ${said.trim().split('\n').at(-1)!.slice(0, 200)}`
  return { outcome: 'tool-crash', summary }
}

/** Lines such as `design.v:3: syntax error`, `design.v:2: error: …`, `design.v:2: warning: …`. */
function diagnosticsOf(said: string): Diagnostic[] {
  return said.split('\n').flatMap((line): Diagnostic[] => {
    const match = /^[\w.-]+:(\d+):\s*(?:(error|warning|syntax error)\b:?\s*)?(.*)$/.exec(line.trim())
    if (match === null) return []
    const [, number, kind = 'error', rest = ''] = match
    const message = kind === 'syntax error' ? `syntax error ${rest}`.trim() : rest
    return [{ severity: kind === 'warning' ? 'warning' : 'error', line: Number(number), message: message.slice(0, 300) }]
  })
}
