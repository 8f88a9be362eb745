/**
 * Native tools in a box: Bubblewrap with no network, no home, an empty environment and one fresh folder; limits on time, memory, files and
 * output; everything in it is killed as a whole. Linux only.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface SandboxLimits {
  readonly wallMs: number
  readonly cpuSeconds: number
  readonly memoryBytes: number
  readonly fileBytes: number
  readonly outputBytes: number
}

export interface SandboxJob {
  /** Plain names -> text, written into the folder that is the working directory inside. */
  readonly files: Readonly<Record<string, string>>
  /** Programs with arguments, in order; a later one runs only when the earlier ones gave 0. */
  readonly commands: readonly (readonly string[])[]
  readonly stdin?: string
  readonly limits: SandboxLimits
  /** Files to bring back; one that is not there is left out. */
  readonly collect?: readonly string[]
}

export interface SandboxResult {
  readonly outcome: 'exited' | 'timeout' | 'output-limit'
  /** Of the last command that ran; null unless it exited. Chosen by what ran in the box: no evidence. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly files: Readonly<Record<string, string>>
}

export interface Runner {
  run(job: SandboxJob): Promise<SandboxResult>
}

export const SIMULATION_LIMITS: SandboxLimits = {
  wallMs: 5_000,
  cpuSeconds: 4,
  memoryBytes: 1.5e9,
  fileBytes: 8e6,
  outputBytes: 4e6,
}

/** Memory where there is such a file system: a simulation writes much and keeps nothing. */
const SCRATCH = isWritable('/dev/shm') ? '/dev/shm' : tmpdir()

/** `toolFolders`: what beside /usr must be readable inside, e.g. the folder of a suite of tools. */
export async function runInSandbox(bwrapPath: string, toolFolders: readonly string[], job: SandboxJob): Promise<SandboxResult> {
  const folder = await mkdtemp(join(SCRATCH, 'veritune-box-'))
  try {
    await Promise.all(Object.entries(job.files).map(([name, text]) => writeFile(join(folder, plainName(name)), text)))
    const child = spawn(bwrapPath, boxArguments(folder, toolFolders, job), { detached: true, env: {}, stdio: 'pipe' })
    const result = await watched(child, job)
    return { ...result, files: await collected(folder, job.collect ?? []) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function boxArguments(folder: string, toolFolders: readonly string[], { commands, limits }: SandboxJob): string[] {
  const box = [
    '--ro-bind',
    '/usr',
    '/usr',
    '--symlink',
    'usr/lib',
    '/lib',
    '--symlink',
    'usr/lib64',
    '/lib64',
    '--symlink',
    'usr/bin',
    '/bin',
  ]
  const tools = toolFolders.filter((path) => !path.startsWith('/usr/')).flatMap((path) => ['--ro-bind', path, path])
  const inside = ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--bind', folder, '/w', '--chdir', '/w']
  const apart = ['--unshare-all', '--die-with-parent', '--new-session', '--clearenv', '--setenv', 'PATH', '/usr/bin']
  return [...box, ...tools, ...inside, ...apart, '/bin/sh', '-c', script(commands, limits)]
}

/** The shell of the box sets the limits that its children inherit: kilobytes of address space, seconds, blocks of 512 bytes. */
function script(commands: readonly (readonly string[])[], { cpuSeconds, memoryBytes, fileBytes }: SandboxLimits): string {
  const limits = [`-t ${cpuSeconds}`, `-v ${Math.floor(memoryBytes / 1024)}`, `-f ${Math.floor(fileBytes / 512)}`, '-c 0']
  return [
    limits.map((limit) => `ulimit ${limit}`).join('; '),
    commands.map((words) => words.map(quoted).join(' ')).join(' && '),
  ].join('; ')
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Names without folders only: nothing is written beside the box. */
function plainName(name: string): string {
  if (!/^(?!\.)[A-Za-z0-9_.-]+$/.test(name)) throw new RangeError(`not a plain file name: ${name}`)
  return name
}

function watched(child: ChildProcess, { stdin = '', limits }: SandboxJob): Promise<Omit<SandboxResult, 'files'>> {
  return new Promise((resolve, reject) => {
    const out: Buffer[] = []
    const err: Buffer[] = []
    let bytes = 0
    let outcome: SandboxResult['outcome'] = 'exited'
    const end = (why: SandboxResult['outcome']): void => {
      if (outcome === 'exited') outcome = why
      killAll(child)
    }
    const timer = setTimeout(() => end('timeout'), limits.wallMs)
    const take = (into: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > limits.outputBytes) end('output-limit')
      else into.push(chunk)
    }
    child.stdout!.on('data', take(out))
    child.stderr!.on('data', take(err))
    // It may end before it has read everything.
    child.stdin!.on('error', () => {})
    child.stdin!.end(stdin)
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      // The shell's way to say that a limit of time ended a command.
      if (outcome === 'exited' && (code === 128 + 24 || code === 128 + 9)) outcome = 'timeout'
      const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8')
      resolve({ outcome, code: outcome === 'exited' ? code : null, stdout: text(out), stderr: text(err) })
    })
  })
}

/** The group of the box; its own process 1 takes the rest along. */
function killAll(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

async function collected(folder: string, names: readonly string[]): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const name of names) {
    const text = await readFile(join(folder, plainName(name)), 'utf8').catch(() => null)
    if (text !== null) files[name] = text
  }
  return files
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Folders that programs need beside themselves. */
export function toolFoldersOf(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => dirname(dirname(path))))]
}
