/** Native tools on this machine's PATH. */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface FoundTool {
  readonly path: string
  /** As the tool says it, e.g. `11.0`. */
  readonly version: string
}

export interface NativeTools {
  readonly iverilog: FoundTool | null
  readonly vvp: FoundTool | null
  readonly yosys: FoundTool | null
  readonly verilator: FoundTool | null
  readonly bwrap: FoundTool | null
}

/** Names of programs, and how each is asked for its version. The program `verilator` is a Perl script that takes ten times as long. */
const PROGRAMS: Readonly<Record<keyof NativeTools, readonly [program: string, question: string]>> = {
  iverilog: ['iverilog', '-V'],
  vvp: ['vvp', '-V'],
  yosys: ['yosys', '-V'],
  verilator: ['verilator_bin', '--version'],
  bwrap: ['bwrap', '--version'],
}
const PATIENCE_MS = 5_000

export async function findTools(environment: NodeJS.ProcessEnv): Promise<NativeTools> {
  const names = Object.keys(PROGRAMS) as (keyof NativeTools)[]
  const found = await Promise.all(names.map((name) => findTool(...PROGRAMS[name], environment)))
  return Object.fromEntries(names.map((name, i) => [name, found[i]!])) as unknown as NativeTools
}

/** null when the program is not on PATH or does not answer. */
async function findTool(program: string, question: string, environment: NodeJS.ProcessEnv): Promise<FoundTool | null> {
  const path = onPath(program, environment)
  if (path === null) return null
  const answer = await ask(path, question)
  const version = /\d+\.\d+[\w.]*/.exec(answer)?.[0]
  return version === undefined ? null : { path, version }
}

function onPath(program: string, environment: NodeJS.ProcessEnv): string | null {
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Nothing where it does not come to an end: a tool that does so here would do so in every box. */
function ask(path: string, question: string): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile(path, [question], (_, stdout, stderr) => {
      clearTimeout(timer)
      resolve(`${stdout}\n${stderr}`)
    })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      // What it has started may hold its output open for longer than it lives.
      child.stdout?.destroy()
      child.stderr?.destroy()
      resolve('')
    }, PATIENCE_MS)
  })
}
