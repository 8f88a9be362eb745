/** One file: as much as is missing, into a partial file that is renamed when its checksum is right. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import type { HubFile } from './chosen-files.ts'
import { Interruption, reasonOf, type Hub } from './hub.ts'

export interface FetchOrder {
  readonly repository: string
  /** Commit. */
  readonly revision: string
  readonly file: HubFile
  /** Gets the file, and until then its part. */
  readonly folder: string
  /** Bytes of the file that are on disk; fewer than before when a server begins anew. */
  readonly onProgress: (doneBytes: number) => void
  readonly stop: AbortSignal
}

/**
 * Gives the file's SHA-256, hex. Throws Failure download.corrupt after the file was deleted, download.no-space, and those of Hub.get; the reason
 * of `stop`. What was fetched before a failure stays, and the next call goes on from there.
 */
export async function fetchFile(hub: Hub, order: FetchOrder): Promise<string> {
  const part = partOf(order)
  let [atStart, reached] = [0, 0]
  const onReached = (bytes: number): void => {
    reached = bytes
    order.onProgress(bytes)
  }
  const fetchOnce = async (): Promise<void> => {
    atStart = await usableBytes(part, order.file.bytes)
    onReached(atStart)
    if (atStart < order.file.bytes) await fetchRest(hub, order, part, atStart, onReached)
    if (reached < order.file.bytes) throw new Interruption('the connection was cut')
  }
  await hub.persist(fetchOnce, () => reached > atStart)
  return keepVerified(hub, order, part)
}

/** The checksum stands in its name: a part of another version of the file is another file. */
export function partOf({ folder, file }: Pick<FetchOrder, 'folder' | 'file'>): string {
  return join(folder, `${file.path}.${file.checksum.hex.slice(0, 12)}.part`)
}

/** Size of the part; one that is longer than the file can be is no beginning of it. */
async function usableBytes(part: string, wholeBytes: number): Promise<number> {
  const { size } = await stat(part).catch(() => ({ size: 0 }))
  if (size > 0 && size <= wholeBytes) return size
  await (await open(part, 'w')).close()
  return 0
}

async function fetchRest(
  hub: Hub,
  order: FetchOrder,
  part: string,
  start: number,
  onReached: (bytes: number) => void,
): Promise<void> {
  const { repository, revision, file, stop } = order
  const silence = new Silence(hub.settings.silenceMs)
  const path = `/${repository}/resolve/${revision}/${encodeURIComponent(file.path)}`
  const range: Record<string, string> = start > 0 ? { range: `bytes=${start}-` } : {}
  try {
    const answer = await hub.get(
      path,
      repository,
      `file ${file.path} in ${repository}`,
      range,
      AbortSignal.any([silence.signal, stop]),
    )
    const from = startOf(answer, start)
    // 416: what is on disk is no beginning of the file.
    if (answer.status === 416) onReached(0)
    const handle = await open(part, from === 0 ? 'w' : 'r+')
    try {
      if (answer.status !== 416) await write(answer, handle, { from, order, hub, silence, onReached })
    } finally {
      await handle.sync()
      await handle.close()
    }
  } catch (error) {
    stop.throwIfAborted()
    throw asFailure(error, order, start)
  } finally {
    silence.end()
  }
}

/** A server that ignores the range sends the whole file: it is begun anew. */
function startOf(answer: Response, asked: number): number {
  const begins = answer.headers.get('content-range')?.startsWith(`bytes ${asked}-`) === true
  return answer.status === 206 && begins ? asked : 0
}

interface Writing {
  readonly from: number
  readonly order: FetchOrder
  readonly hub: Hub
  readonly silence: Silence
  readonly onReached: (bytes: number) => void
}

async function write(answer: Response, handle: FileHandle, { from, order, hub, silence, onReached }: Writing): Promise<void> {
  let position = from
  onReached(position)
  // A part of another place than was asked for.
  if (answer.status === 206 && !answer.headers.get('content-range')?.startsWith(`bytes ${from}-`)) {
    throw new Failure('download.untrusted', {
      host: hub.host,
      problem: `it sends another part of ${order.file.path} than was asked for`,
    })
  }
  for await (const chunk of answer.body ?? []) {
    silence.broken()
    if (position + chunk.byteLength > order.file.bytes) {
      throw new Failure('download.untrusted', { host: hub.host, problem: `${order.file.path} is longer than its list says` })
    }
    await handle.write(chunk, 0, chunk.byteLength, position)
    position += chunk.byteLength
    onReached(position)
  }
}

async function keepVerified(hub: Hub, { folder, file, stop }: FetchOrder, part: string): Promise<string> {
  const [sha256, gitSha1] = [createHash('sha256'), createHash('sha1').update(`blob ${file.bytes}\0`)]
  for await (const chunk of createReadStream(part, { highWaterMark: 1 << 20 })) {
    stop.throwIfAborted()
    sha256.update(chunk as Buffer)
    gitSha1.update(chunk as Buffer)
  }
  const digests = { sha256: sha256.digest('hex'), 'git-sha1': gitSha1.digest('hex') }
  if (digests[file.checksum.kind] !== file.checksum.hex) {
    await rm(part)
    throw new Failure('download.corrupt', { file: file.path, host: hub.host })
  }
  await rename(part, join(folder, file.path))
  return digests.sha256
}

function asFailure(error: unknown, { folder, file }: FetchOrder, start: number): unknown {
  if (error instanceof Failure || error instanceof Interruption) return error
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Failure('download.no-space', { folder, needGb: ((file.bytes - start) / 1e9).toFixed(1) }, { cause: error })
  }
  // Whatever a file operation did not cause came from the connection.
  return syscall === undefined || code === 'ECONNRESET' ? new Interruption(reasonOf(error)) : error
}

/** Cuts a connection that gives nothing for a while. */
class Silence {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout

  constructor(milliseconds: number) {
    this.#timer = setTimeout(() => this.#controller.abort(new DOMException('silent', 'TimeoutError')), milliseconds)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  broken(): void {
    this.#timer.refresh()
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
