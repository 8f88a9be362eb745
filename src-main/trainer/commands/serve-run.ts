/**
 * `serve-run <run directory>`: gives out the files of a run by standard output and takes commands for its trainer by standard input, for a workbench
 * on another computer (contract/far-end.ts). It ends with its input, so that none is left behind where a link was cut.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { join, posix } from 'node:path'
import { createInterface } from 'node:readline'
import { FAR_END_READY, farQuestionSchema, type FarQuestion } from '#contract/far-end'
import { Failure } from '#contract/failure'
import { CHECKPOINT_STATE_FILE, RUN_FILES, type RunLock } from '#contract/run-directory'

interface Answer {
  readonly header: object
  readonly bytes?: Buffer
}

const DIGEST_BYTES = 1024 * 1024

/** Files whose size or stamp is told at each look. */
const WATCHED = [RUN_FILES.journal, RUN_FILES.log, RUN_FILES.environment, RUN_FILES.firstMeasures, RUN_FILES.heartbeat]

export async function serveRun(args: readonly string[]): Promise<number> {
  const [directory] = args
  if (directory === undefined || !existsSync(join(directory, RUN_FILES.config)))
    throw new Failure('run.missing', { run: directory ?? '' })
  process.stdout.write(`${FAR_END_READY}\n`)
  // Whoever asked is gone.
  process.stdout.on('error', () => process.exit(0))
  for await (const line of createInterface({ input: process.stdin })) {
    const { header, bytes } = answerTo(directory, line)
    process.stdout.write(`${JSON.stringify({ ...header, bytes: bytes?.length ?? 0 })}\n`)
    if (bytes !== undefined) process.stdout.write(bytes)
  }
  return 0
}

function answerTo(directory: string, line: string): Answer {
  try {
    return answer(directory, farQuestionSchema.parse(JSON.parse(line)))
  } catch (error) {
    return { header: { error: (error as Error).message } }
  }
}

function answer(directory: string, question: FarQuestion): Answer {
  switch (question.ask) {
    case 'look':
      return { header: look(directory, question.launch) }
    case 'read':
      return read(join(directory, question.file), question.offset, question.length)
    case 'digest':
      return { header: { sha256: digest(join(directory, question.file), question.length) } }
    case 'list':
      return { header: { files: filesBelow(directory, question.folder) } }
    case 'command':
      return { header: { took: takeCommand(directory, question.id, question.request) } }
  }
}

function look(directory: string, launch: string): object {
  const isReady = isTrainerOf(lockPid(directory), directory)
  const isAlive = isReady || isTrainerOf(launchPid(directory, launch), directory)
  const files = WATCHED.flatMap((name) => {
    const file = statSync(join(directory, name), { throwIfNoEntry: false, bigint: true })
    return file === undefined ? [] : [[name, { size: Number(file.size), stamp: stampOf(file) }]]
  })
  return { isAlive, isReady, files: Object.fromEntries(files), checkpoints: wholeCheckpoints(directory) }
}

function lockPid(directory: string): number | null {
  try {
    return (JSON.parse(readFileSync(join(directory, RUN_FILES.lock), 'utf8')) as RunLock).pid
  } catch {
    return null
  }
}

/** Of a trainer that has not taken its lock yet: the shell that started it wrote its number down. */
function launchPid(directory: string, launch: string): number | null {
  try {
    return Number(readFileSync(join(directory, `.launch-${launch}`), 'utf8')) || null
  } catch {
    return null
  }
}

/** By its command line, because a number may be another process's by now. */
function isTrainerOf(pid: number | null, directory: string): boolean {
  if (pid === null) return false
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return words.includes('train') && words.includes(directory)
  } catch {
    return false
  }
}

function wholeCheckpoints(directory: string): string[] {
  const folder = join(directory, RUN_FILES.checkpoints)
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((name) => /^step-\d+$/.test(name) && existsSync(join(folder, name, CHECKPOINT_STATE_FILE)))
}

function read(file: string, offset: number, length: number): Answer {
  if (!existsSync(file)) return { header: { size: 0, stamp: null } }
  const handle = openSync(file, 'r')
  try {
    const found = fstatSync(handle, { bigint: true })
    const size = Number(found.size)
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)))
    const count = bytes.length === 0 ? 0 : readSync(handle, bytes, 0, bytes.length, offset)
    return { header: { size, stamp: stampOf(found) }, bytes: bytes.subarray(0, count) }
  } finally {
    closeSync(handle)
  }
}

/** null where the file is shorter. */
function digest(file: string, length: number): string | null {
  if (!existsSync(file)) return null
  const handle = openSync(file, 'r')
  try {
    const hash = createHash('sha256')
    const part = Buffer.alloc(DIGEST_BYTES)
    for (let done = 0; done < length;) {
      const count = readSync(handle, part, 0, Math.min(part.length, length - done), done)
      if (count === 0) return null
      hash.update(part.subarray(0, count))
      done += count
    }
    return hash.digest('hex')
  } finally {
    closeSync(handle)
  }
}

function filesBelow(directory: string, folder: string): object[] | null {
  const found = join(directory, folder)
  if (!existsSync(found)) return null
  return readdirSync(found, { withFileTypes: true, recursive: true }).flatMap((entry) => {
    if (!entry.isFile()) return []
    const path = join(entry.parentPath, entry.name)
    const file = statSync(path, { bigint: true })
    const inside = path.slice(found.length + 1)
    return [{ path: posix.join(folder, inside), size: Number(file.size), stamp: stampOf(file) }]
  })
}

function stampOf({ ino, mtimeNs }: { readonly ino: bigint; readonly mtimeNs: bigint }): string {
  return `${ino}-${mtimeNs}`
}

/** False: it was here already. */
function takeCommand(directory: string, id: string, request: object): boolean {
  const file = join(directory, RUN_FILES.control)
  const known = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (known.includes(`{"id":${JSON.stringify(id)}`)) return false
  // A torn line of a full disk must not be glued to this one.
  const gap = known === '' || known.endsWith('\n') ? '' : '\n'
  appendFileSync(file, `${gap}${JSON.stringify({ id, time: new Date().toISOString(), ...request })}\n`)
  return true
}
