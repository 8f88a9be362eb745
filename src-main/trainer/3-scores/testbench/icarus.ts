/** Icarus Verilog in the box: compile, simulate, and what it says. */
import { randomBytes } from 'node:crypto'
import type { Diagnostic } from '#contract/score'
import {
  SIMULATION_LIMITS,
  type Runner,
  type SandboxJob,
  type SandboxLimits,
  type SandboxResult,
  type Step,
} from '../tools/sandbox.ts'
import { YOSYS_FILES } from '../tools/yosys.ts'
import { aloneCompile } from './alone.ts'
import { coreCompile, needsNoPreprocessor, type IcarusCore } from './icarus-core.ts'

export interface IcarusJob {
  /** In the order of compilation; the design comes last, so that its macros reach nothing else. */
  readonly sources: readonly (readonly [name: string, text: string])[]
  /** Beside the sources, not compiled. */
  readonly sideFiles?: Readonly<Record<string, string>>
  /** null lets Icarus find it. */
  readonly top: string | null
  readonly stdin?: string
  /** The module that must compile by itself first. */
  readonly alone?: { readonly moduleName: string; readonly code: string }
  /** What else is to be done with a design that compiles, before it is simulated. */
  readonly afterCompile?: readonly Step[]
  /** Compiles without the driver where nothing is to be preprocessed. */
  readonly core?: IcarusCore | null
  readonly collect?: readonly string[]
  readonly limits?: SandboxLimits
}

export type IcarusRun = { readonly files: SandboxResult['files'] } & (
  | { readonly outcome: 'ran'; readonly stdout: string; readonly stderr: string }
  | { readonly outcome: 'compile-error'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly outcome: 'tool-limit'; readonly reason: string }
  | { readonly outcome: 'timeout'; readonly summary: string; readonly wasCompiled: boolean }
  | { readonly outcome: 'tool-crash'; readonly summary: string }
)

const BINARY = 'zz_simulation.vvp'
/** In characters: what is behind them says nothing more, and could take long to read. */
const LONGEST_LINE = 500
/** What Icarus prints where no branch of a `unique case` of the design is right, e.g. before its reset: no word of anybody's. */
const UNHANDLED = /^WARNING: zz_design\.v:\d+: value is unhandled for .*\n +Time: .*\n/gm

export async function runIcarus(runner: Runner, job: IcarusJob): Promise<IcarusRun> {
  // Printed by the shell between the two programs; what is printed after it cannot pretend to have come before.
  const mark = `compiled-${randomBytes(12).toString('hex')}`
  let result = await runner.run(boxJob(job, mark))
  // Only a busy machine makes a program wait so long that its own time is not used up.
  if (result.outcome === 'wall-limit') result = await runner.run(boxJob(job, mark))
  const { files } = result
  const place = result.stdout.indexOf(`${mark}\n`)
  if (result.outcome !== 'exited') return { ...endOf(result.outcome, place >= 0), files }
  if (place < 0) return { ...refusal(result.stdout + result.stderr), files }
  const stdout = result.stdout.slice(place + mark.length + 1).replace(UNHANDLED, '')
  return { outcome: 'ran', stdout, stderr: result.stderr, files }
}

/** `-n`: $stop ends a simulation instead of asking a person. `-none`: no waveforms. */
function boxJob(
  { sources, sideFiles = {}, top, stdin, alone, afterCompile = [], core = null, collect = [], limits }: IcarusJob,
  mark: string,
): SandboxJob {
  const isPlain = core !== null && top !== null && sources.every(([, text]) => needsNoPreprocessor(text))
  const compile = isPlain ? coreCompile(core, sources, { top, output: BINARY, prefix: 'zz' }) : driverCompile(sources, top)
  const before = alone === undefined ? null : aloneCompile(alone.code, alone.moduleName, core)
  return {
    files: { ...sideFiles, ...Object.fromEntries(sources), ...before?.files, ...compile.files },
    steps: [
      ...(before === null ? [] : [before.step]),
      compile.step,
      ...afterCompile,
      { words: ['echo', mark] },
      { words: ['vvp', '-n', BINARY, '-none'] },
    ],
    ...(stdin !== undefined && { stdin }),
    collect,
    limits: limits ?? SIMULATION_LIMITS,
  }
}

function driverCompile(sources: IcarusJob['sources'], top: string | null): { files: Record<string, string>; step: Step } {
  const names = sources.map(([name]) => name)
  return { files: {}, step: { words: ['iverilog', '-g2012', ...(top === null ? [] : ['-s', top]), '-o', BINARY, ...names] } }
}

type End = { readonly outcome: 'timeout'; readonly summary: string; readonly wasCompiled: boolean }

function endOf(outcome: Exclude<SandboxResult['outcome'], 'exited'>, wasCompiled: boolean): End {
  const what = wasCompiled ? 'The simulation' : 'The compilation'
  const how = outcome === 'output-limit' ? 'wrote more than it may' : 'did not end in its time'
  return { outcome: 'timeout', summary: `${what} ${how}.`, wasCompiled }
}

type Refusal =
  | { readonly outcome: 'tool-limit'; readonly reason: string }
  | { readonly outcome: 'compile-error'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly outcome: 'tool-crash'; readonly summary: string }

function refusal(said: string): Refusal {
  const sorry = said.split('\n').find((line) => line.includes('sorry:'))
  if (sorry !== undefined) return { outcome: 'tool-limit', reason: sorry.slice(sorry.indexOf('sorry:')) }
  const diagnostics = diagnosticsOf(said)
  if (diagnostics.length > 0) return { outcome: 'compile-error', diagnostics }
  const summary =
    said.trim() === '' ? 'Icarus ended without a word.' : `Icarus ended: ${said.trim().split('\n').at(-1)!.slice(0, 200)}`
  return { outcome: 'tool-crash', summary }
}

/** Lines such as `a.v:3: syntax error`, `a.v:2: error: …`, `a.v:2: warning: …`. A line of another file than the design is named in the message. */
function diagnosticsOf(said: string): Diagnostic[] {
  return said.split('\n').flatMap((line): Diagnostic[] => {
    const match = /^([\w.-]+):(\d+):\s*(?:(error|warning|syntax error)\b:?\s*)?(.*)$/.exec(line.slice(0, LONGEST_LINE).trim())
    if (match === null) return []
    const [, file, number, kind = 'error', rest = ''] = match
    const words = kind === 'syntax error' ? `syntax error ${rest}`.trim() : rest
    const isDesign = file === YOSYS_FILES.design
    const message = (isDesign ? words : `${file} line ${number}: ${words}`).slice(0, 300)
    return [{ severity: kind === 'warning' ? 'warning' : 'error', line: isDesign ? Number(number) : null, message }]
  })
}
