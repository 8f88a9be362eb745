/**
 * Native tools in a box: Bubblewrap with no network, no home, an empty environment and one fresh folder; limits on time, memory, files and
 * output; everything in it is killed as a whole. Linux only.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants, mkdtempSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { filesRead, removeFolder } from './box-folder.ts'
import { killBoxProcesses } from './box-processes.ts'
import { watchFolder } from './folder-watch.ts'

export interface SandboxLimits {
  /** Of all steps together: a far backstop on a busy machine. */
  readonly wallMs: number
  /** Of each program. */
  readonly cpuSeconds: number
  readonly memoryBytes: number
  /** Of each file. */
  readonly fileBytes: number
  /** Of all files in the working directory and below it together. */
  readonly folderBytes: number
  readonly outputBytes: number
}

/** One program with its arguments. */
export interface Step {
  readonly words: readonly string[]
  /** All it says goes to this file instead of the job's output. */
  readonly into?: string
  /** The next step runs whatever this one gives; without it, only after a 0. */
  readonly isOptional?: boolean
}

export interface SandboxJob {
  /** Plain names -> text, written into the folder that is the working directory inside. */
  readonly files: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
  /** Read by the last step; the others find nothing. */
  readonly stdin?: string
  readonly limits: SandboxLimits
  /** Plain files to bring back; one that is not there, or is something else, is left out. */
  readonly collect?: readonly string[]
}

export interface SandboxResult {
  readonly outcome: 'exited' | 'cpu-limit' | 'wall-limit' | 'output-limit'
  /** Of the last step that ran; null unless it exited. Chosen by what ran in the box: no evidence. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly files: Readonly<Record<string, string>>
}

export interface Runner {
  run(job: SandboxJob): Promise<SandboxResult>
}

export const SIMULATION_LIMITS: SandboxLimits = {
  wallMs: 30_000,
  cpuSeconds: 4,
  memoryBytes: 1.5e9,
  fileBytes: 8e6,
  folderBytes: 64e6,
  outputBytes: 4e6,
}

/** Memory where there is such a file system: a simulation writes much and keeps nothing. */
const SCRATCH = isWritable('/dev/shm') ? '/dev/shm' : tmpdir()

const BOX_NAME = 'veritune-box-'

/** What compilers put between their parts. */
const TEMPORARY_BYTES = 64 * 1024 * 1024

/** Where tools lie, and what they read, below the folder that they were installed to. */
const TOOL_PARTS = ['bin', 'lib', 'lib64', 'libexec', 'share/verilator', 'share/yosys']

/** Removes the folders, and ends the boxes, of processes that were killed at their work. */
export async function removeForsakenBoxes(): Promise<void> {
  const names = (await readdir(SCRATCH)).filter((name) => name.startsWith(BOX_NAME))
  const forsaken = names.filter((name) => !isAlive(Number.parseInt(name.slice(BOX_NAME.length), 10)))
  for (const name of forsaken) killBoxProcesses(join(SCRATCH, name))
  // Another one's may not be removed by us.
  await Promise.allSettled(forsaken.map((name) => removeFolder(join(SCRATCH, name))))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

export interface SandboxPlace {
  /** null = no box: limits of time, memory and files only. For what a person has allowed. */
  readonly bwrapPath: string | null
  /** What beside /usr must be readable inside, e.g. the folder of a suite of tools. */
  readonly toolFolders: readonly string[]
  /** Boxes give way to an engine of the same machine. */
  readonly isBehind?: boolean
}

/** `stop` ends it like a limit of time. */
export async function runInSandbox(
  { bwrapPath, toolFolders }: SandboxPlace,
  job: SandboxJob,
  stop: AbortSignal = new AbortController().signal,
): Promise<SandboxResult> {
  const folder = mkdtempSync(join(SCRATCH, `${BOX_NAME}${process.pid}-`))
  try {
    for (const [name, text] of Object.entries(job.files)) writeFileSync(join(folder, plainName(name)), text)
    const shell = ['/bin/sh', '-c', script(job.steps, job.limits)]
    const [program, ...words] = bwrapPath === null ? shell : [bwrapPath, ...boxArguments(folder, toolFolders), ...shell]
    // Without a box a group of its own, to be killed as a whole; with one its first process takes the rest along.
    const isGroup = bwrapPath === null
    const env = { PATH: pathOf(toolFolders) }
    const child = spawn(program!, words, { cwd: folder, detached: isGroup, env, stdio: 'pipe' })
    const result = await watched(child, folder, isGroup, job, stop)
    return { ...result, files: await filesRead(folder, (job.collect ?? []).map(plainName), job.limits) }
  } finally {
    await removeFolder(folder)
  }
}

function boxArguments(folder: string, toolFolders: readonly string[]): string[] {
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
  const tools = toolFolders.flatMap(neededOf).flatMap((path) => ['--ro-bind-try', path, path])
  // Yosys finds its files by way of /proc/self. The kernel's settings are root's to change, and a box that root starts has root's number.
  const inside = [
    '--proc',
    '/proc',
    '--size',
    '4096',
    '--tmpfs',
    '/proc/sys',
    '--dev-bind',
    '/dev/null',
    '/dev/null',
    '--size',
    String(TEMPORARY_BYTES),
    '--tmpfs',
    '/tmp',
    '--bind',
    folder,
    '/w',
    '--chdir',
    '/w',
  ]
  const apart = ['--unshare-all', '--cap-drop', 'ALL', '--die-with-parent', '--clearenv']
  return [...box, ...inside, ...tools, '--remount-ro', '/', ...apart, '--setenv', 'PATH', pathOf(toolFolders)]
}

/** What must be readable of a folder that tools were installed to; all of it, unless it is one where a person keeps other things. */
function neededOf(folder: string): string[] {
  if (folder === '/' || folder === '/usr' || folder.startsWith('/usr/')) return []
  const shared = [homedir(), join(homedir(), '.local'), tmpdir()]
  const isShared = shared.some((path) => path === folder || path.startsWith(`${folder}/`))
  return isShared ? TOOL_PARTS.map((part) => join(folder, part)) : [folder]
}

function pathOf(toolFolders: readonly string[]): string {
  return [...new Set([...toolFolders.map((folder) => join(folder, 'bin')), '/usr/bin', '/bin'])].join(':')
}

/** The shell of the box sets the limits that its children inherit: kilobytes of address space, seconds, blocks of 512 bytes. */
function script(steps: readonly Step[], { cpuSeconds, memoryBytes, fileBytes }: SandboxLimits): string {
  const limits = [`-t ${cpuSeconds}`, `-v ${Math.floor(memoryBytes / 1024)}`, `-f ${Math.floor(fileBytes / 512)}`, '-c 0']
  const commands = steps.map(({ words, into, isOptional = false }, i) => {
    const output = into === undefined ? '' : ` > ${quoted(plainName(into))} 2>&1`
    const command = words.map(quoted).join(' ') + output + (i === steps.length - 1 ? '' : ' < /dev/null')
    return isOptional ? `{ ${command} || true; }` : command
  })
  return [...limits.map((limit) => `ulimit ${limit}`), commands.join(' && ')].join('; ')
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Names without folders only: nothing is written beside the box. */
function plainName(name: string): string {
  if (!/^(?!\.)[A-Za-z0-9_.-]+$/.test(name)) throw new RangeError(`not a plain file name: ${name}`)
  return name
}

function watched(
  child: ChildProcess,
  folder: string,
  isGroup: boolean,
  { stdin = '', limits }: SandboxJob,
  stop: AbortSignal,
): Promise<Omit<SandboxResult, 'files'>> {
  return new Promise((resolve, reject) => {
    const out: Buffer[] = []
    const err: Buffer[] = []
    let bytes = 0
    let outcome: SandboxResult['outcome'] = 'exited'
    const end = (why: SandboxResult['outcome']): void => {
      if (outcome === 'exited') outcome = why
      kill(child, isGroup)
    }
    const stopNow = (): void => end('wall-limit')
    const timer = setTimeout(stopNow, limits.wallMs)
    const endWatch = watchFolder(folder, limits.folderBytes, () => end('output-limit'))
    // It may have been told before the box was ready to start: that event does not come again.
    if (stop.aborted) stopNow()
    else stop.addEventListener('abort', stopNow, { once: true })
    const settle = (): void => {
      clearTimeout(timer)
      endWatch()
      stop.removeEventListener('abort', stopNow)
    }
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
      settle()
      reject(error)
    })
    child.once('exit', () => {
      if (outcome !== 'exited') killBoxProcesses(folder)
    })
    child.once('close', (code) => {
      settle()
      // The shell's way to say that a limit of time ended a command.
      if (outcome === 'exited' && (code === 128 + 24 || code === 128 + 9)) outcome = 'cpu-limit'
      const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8')
      resolve({ outcome, code: outcome === 'exited' ? code : null, stdout: text(out), stderr: text(err) })
    })
  })
}

/** `isGroup`: it leads one. */
function kill({ pid }: ChildProcess, isGroup: boolean): void {
  if (pid === undefined) return
  try {
    process.kill(isGroup ? -pid : pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
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
