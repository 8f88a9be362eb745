/**
 * One run on its way to the server. A piece of work sends what the server has not confirmed yet and comes to its end; where something goes wrong it
 * ends with a refusal, and the next piece goes on from what was confirmed. It may be killed anywhere.
 */
import { createHash } from 'node:crypto'
import type { JournalEvent, RolloutRecord } from '#contract/journal'
import { EXIT_CODES } from '#contract/run-directory'
import type { SyncWish } from '#contract/sync'
import type { StoredRun } from '#store/records'
import type { Store } from '#store/store'
import { bucketOf, type RunFacts } from './bucket.ts'
import { completionsTable, TABLE_KEY, type CompletionsTable } from './completions-table.ts'
import { ConfirmedLines } from './confirmed-lines.ts'
import { batchesOf, FileStream, type StreamAnswer } from './file-stream.ts'
import { Lease } from './lease.ts'
import { blankLine, lineText, type Line, type LineValue } from './lines.ts'
import type { Pace } from './pace.ts'
import { appUrl, hostOf, putFile, refusalFor, ServerRefusal, type Server } from './request.ts'
import { ownerOf, readServerRecord, syncFile, writeServerRecord, type ServerRecord } from './run-files.ts'
import { RunLines } from './run-lines.ts'
import { WandbApi } from './wandb-api.ts'

/** What is known of runs beside the store. */
export interface RunSource extends RunFacts {
  readonly store: Pick<Store, 'run' | 'events' | 'rewinds'>
  directory(id: string): string
  /** Is a trainer at work on it? */
  isAlive(id: string): boolean
  /** Takes into the store what the journal has gained. */
  refresh(id: string): Promise<void>
  /** Rollouts of the evaluation at a step; none where they are not there any more. */
  evaluated(id: string, step: number): Promise<readonly RolloutRecord[]>
  /** Asks the run's trainer to stop. */
  stop(id: string): void
}

/** nothing: it has not begun; live: all that is known is confirmed, and the run goes on; confirmed: all, and counted by the server. */
export type Outcome = 'nothing' | 'live' | 'confirmed'

export interface Progress {
  readonly confirmed: number
  readonly lines: number
  readonly url: string | null
  readonly isStopAsked: boolean
}

export interface RunSyncOptions {
  readonly source: RunSource
  readonly pace: Pace
  /** The key is asked for with each piece of work: another one may be there by then. */
  readonly server: (baseUrl: string | null) => Promise<Server>
  readonly onProgress: (progress: Progress) => void
}

/** So often a server that counts too few lines gets all of them again. */
const REPAIRS = 2

export class RunSync {
  readonly #id: string
  readonly #options: RunSyncOptions
  #lease: Lease | null = null
  #opened: Opened | null = null
  #lines: RunLines | null = null
  /** Given out by `#lines` when something went wrong. */
  #unsent: Line[] = []
  /** Step -> file of the table that its line names. */
  readonly #tables = new Map<number, string>()
  #lastPostMs = 0
  #countingSinceMs: number | null = null
  #repairs = 0
  #isStopAsked = false
  /** Lines, or anything else, that the server acknowledged in the last piece of work. */
  hasProgress = false

  constructor(id: string, options: RunSyncOptions) {
    this.#id = id
    this.#options = options
  }

  /** Throws ServerRefusal. */
  async work(wish: SyncWish): Promise<Outcome> {
    const { source } = this.#options
    this.hasProgress = false
    // Asked before the journal is read: a trainer that is gone by then has written its last word already.
    const isAlive = source.isAlive(this.#id)
    await source.refresh(this.#id)
    const run = await source.store.run(this.#id)
    if (run === null || run.lastSeq === 0) return 'nothing'
    const exitCode = isAlive ? null : exitCodeOf(run)
    this.#takeLease()
    const opened = await this.#open(wish, run)
    await this.#sendLines(opened, wish, run, !isAlive)
    this.#tell(opened, isAlive ? run.step + 1 : 0)
    if (isAlive) {
      const isSilent = Date.now() - this.#lastPostMs > this.#options.pace.heartbeatMs
      if (isSilent) await this.#post(opened, wish, () => opened.stream.beat())
      // One that is refused is tried again with the next look, and told of at the end.
      await this.#sendTables(opened).catch(unlessRefused)
      return 'live'
    }
    await this.#finish(opened, wish, exitCode)
    return 'confirmed'
  }

  close(): void {
    this.#forget()
    this.#lease?.release()
    this.#lease = null
  }

  #takeLease(): void {
    if (this.#lease?.isHeld() === true) return
    // Whoever had it meanwhile has confirmed lines of which this process knows nothing.
    this.#forget()
    const lease = Lease.take(syncFile(this.#options.source.directory(this.#id), 'lease'))
    if (!(lease instanceof Lease)) throw new ServerRefusal('sync.elsewhere', { pid: lease.pid, host: lease.host })
    this.#lease = lease
  }

  #forget(): void {
    this.#opened?.confirmed.close()
    this.#opened = null
    this.#beginAgain()
  }

  /** The run is at the server as it is here, but for its lines. */
  async #open(wish: SyncWish, run: StoredRun): Promise<Opened> {
    const server = await this.#options.server(wish.baseUrl)
    const api = new WandbApi(server)
    const opened = await this.#openAt(server, api, wish)
    const { record } = opened
    const bucket = bucketOf(this.#id, record, wish, run, this.#options.source)
    if (record.bucketHash !== hashOf(bucket) || !opened.isUpserted) {
      await api.upsertRun(bucket)
      opened.isUpserted = true
      // The server may take the run for one that goes on again.
      this.#keep(opened, { bucketHash: hashOf(bucket), wholeSeq: null })
    }
    if (wish.resends > record.resends) this.#forgetSent(opened, { resends: wish.resends })
    if (wish.aliases.join() !== record.aliases.join()) {
      this.#beginAgain()
      this.#keep(opened, { aliases: wish.aliases, wholeSeq: null })
    }
    return opened
  }

  #beginAgain(): void {
    this.#lines = null
    this.#unsent = []
  }

  /** All of it is to be sent again. */
  #forgetSent(opened: Opened, change: Partial<ServerRecord>): void {
    opened.confirmed.forget()
    this.#beginAgain()
    this.#keep(opened, { ...change, wholeSeq: null, summaryHash: null, files: {} })
  }

  async #openAt(server: Server, api: WandbApi, wish: SyncWish): Promise<Opened> {
    const directory = this.#options.source.directory(this.#id)
    const known = this.#opened?.record ?? readServerRecord(directory)
    const isSame = known !== null && known.baseUrl === server.baseUrl && known.project === wish.project
    const entity = wish.entity ?? (isSame ? known.entity : null) ?? (await api.viewer()).entity
    if (entity === null) throw new ServerRefusal('sync.no-entity', { host: hostOf(server.baseUrl) })
    const place = { baseUrl: server.baseUrl, entity, project: wish.project, run: wish.as ?? this.#id }
    const owner = ownerOf(place)
    const stream = new FileStream(server, place, place.run)
    // Another key, the same place.
    if (this.#opened?.owner === owner) return Object.assign(this.#opened, { server, stream, api })
    this.#forget()
    const record =
      known !== null && ownerOf(known) === owner
        ? known
        : { ...place, ...NOTHING_SENT, files: {}, aliases: wish.aliases, resends: wish.resends }
    const confirmed = new ConfirmedLines(syncFile(directory, 'lines'), owner)
    return (this.#opened = { owner, record, confirmed, server, stream, api, isUpserted: false })
  }

  async #sendLines(opened: Opened, wish: SyncWish, run: StoredRun, isAll: boolean): Promise<void> {
    this.#lines ??= new RunLines(this.#options.source.store, this.#id, {
      startMs: Date.parse(run.startedAt ?? run.createdAt),
      aliases: wish.aliases,
      mediaOf: (event) => this.#mediaOf(event),
    })
    for (let lines: Line[] | null = this.#unsent; lines !== null; lines = await this.#lines.next()) {
      this.#unsent = lines
      await this.#send(opened, wish, lines)
      this.#unsent = []
      this.#tell(opened, run.step + 1)
    }
    if (isAll) await this.#send(opened, wish, this.#lines.rest())
  }

  /** The table of an evaluation stands in its line; the file comes last: no line and no end of a run waits for it. */
  async #mediaOf(event: JournalEvent): Promise<Readonly<Record<string, LineValue>> | null> {
    if (event.type !== 'eval.finished' || event.split !== 'validation') return null
    const table = await this.#tableOf(event.step)
    if (table === null) return null
    this.#tables.set(event.step, table.name)
    return { [TABLE_KEY]: table.value }
  }

  async #tableOf(step: number): Promise<CompletionsTable | null> {
    return completionsTable(step, await this.#options.source.evaluated(this.#id, step))
  }

  async #sendTables({ record, api, server }: Opened): Promise<void> {
    const { entity, project } = record
    const at = { entity, project }
    for (const [step, name] of this.#tables) {
      if (record.files[name] !== undefined) continue
      const table = await this.#tableOf(step)
      if (table?.name !== name) continue
      const place = (await api.createRunFiles(at, record.run, [name])).get(name)
      if (place === undefined) throw refusalFor(200, 'it names no place for it', server, at, `the file ${name}`)
      await putFile(server, place.url, place.headers, table.content, at)
      record.files[name] = 'sent'
      this.#keepRecord(record)
    }
    this.#tables.clear()
  }

  /** What of it is not confirmed. Was there anything? */
  async #send(opened: Opened, wish: SyncWish, lines: readonly Line[]): Promise<boolean> {
    const { confirmed, stream } = opened
    const open = lines.map((line) => ({ number: line.number, text: lineText(line) })).filter((line) => !confirmed.has(line))
    for (const batch of batchesOf(open)) {
      if (opened.record.wholeSeq !== null) this.#keep(opened, { wholeSeq: null })
      await this.#post(opened, wish, () => stream.sendLines(batch))
      confirmed.confirm(batch)
    }
    return open.length > 0
  }

  async #finish(opened: Opened, wish: SyncWish, exitCode: number | null): Promise<void> {
    const { record, stream, confirmed } = opened
    const { seq, lineCount, summary } = this.#lines!
    if (record.wholeSeq === seq) return
    await this.#blank(opened, wish, confirmed.length)
    const summaryHash = hashOf(summary.values())
    if (record.summaryHash !== summaryHash) {
      await this.#post(opened, wish, () => stream.sendSummary(summary.values()))
      this.#keep(opened, { summaryHash })
    }
    // Of a run that crashed nothing is said: without signs of life the server comes to that by itself.
    const complete = exitCode === null ? null : () => stream.complete(exitCode)
    if (complete !== null) await this.#post(opened, wish, complete)
    const found = await this.#count(opened, lineCount)
    if ((await this.#blank(opened, wish, found)) && complete !== null) await this.#post(opened, wish, complete)
    await this.#sendTables(opened)
    this.#keep(opened, { wholeSeq: seq })
  }

  /** Empties the lines after the last one: of steps that the run took back and did not make again. Was there one to empty? */
  async #blank(opened: Opened, wish: SyncWish, end: number): Promise<boolean> {
    const first = this.#lines!.lineCount
    const surplus = Array.from({ length: Math.max(0, end - first) }, (_, i) => blankLine(first + i))
    return this.#send(opened, wish, surplus)
  }

  /** Lines that the server counts, once they are as many as ours; until then it throws, and sooner or later sends all of them again. */
  async #count(opened: Opened, expected: number): Promise<number> {
    const { record, api } = opened
    const found = (await api.lineCount(record, record.run)) ?? 0
    if (found >= expected) {
      this.#countingSinceMs = null
      return found
    }
    this.#countingSinceMs ??= Date.now()
    if (Date.now() - this.#countingSinceMs > this.#options.pace.countingMs && this.#repairs < REPAIRS) {
      this.#repairs++
      this.#countingSinceMs = null
      opened.isUpserted = false
      this.#forgetSent(opened, {})
    }
    throw new ServerRefusal('sync.counting', { host: hostOf(record.baseUrl), found, expected })
  }

  async #post(opened: Opened, wish: SyncWish, post: () => Promise<StreamAnswer>): Promise<void> {
    if (this.#lease?.isHeld() !== true) throw new ServerRefusal('sync.elsewhere', { pid: 0, host: 'another process' })
    const { isStopAsked } = await post()
    this.#lastPostMs = Date.now()
    this.hasProgress = true
    if (isStopAsked && !this.#isStopAsked && wish.obeysStop) this.#options.source.stop(this.#id)
    this.#isStopAsked ||= isStopAsked
  }

  #keep(opened: Opened, change: Partial<ServerRecord>): void {
    Object.assign(opened.record, change)
    this.#keepRecord(opened.record)
  }

  #keepRecord(record: ServerRecord): void {
    writeServerRecord(this.#options.source.directory(this.#id), record)
  }

  #tell({ record, confirmed }: Opened, atLeast: number): void {
    const lines = Math.max(this.#lines?.lineCount ?? 0, atLeast)
    this.#options.onProgress({ confirmed: confirmed.count(lines), lines, url: pageOf(record), isStopAsked: this.#isStopAsked })
  }
}

interface Opened {
  readonly owner: string
  readonly record: ServerRecord
  readonly confirmed: ConfirmedLines
  server: Server
  stream: FileStream
  api: WandbApi
  /** By this process. */
  isUpserted: boolean
}

const NOTHING_SENT = { bucketHash: null, summaryHash: null, wholeSeq: null }

/** Is there nothing to do for a run that stands still? */
export function isWhole(source: RunSource, wish: SyncWish, run: StoredRun): boolean {
  const record = readServerRecord(source.directory(run.id))
  if (record === null || record.wholeSeq !== run.lastSeq || record.resends < wish.resends) return false
  const isSamePlace =
    record.project === wish.project && record.run === (wish.as ?? run.id) && record.entity === (wish.entity ?? record.entity)
  return (
    isSamePlace &&
    record.aliases.join() === wish.aliases.join() &&
    record.bucketHash === hashOf(bucketOf(run.id, record, wish, run, source))
  )
}

export function pageOf({ baseUrl, entity, project, run }: ServerRecord): string {
  return `${appUrl(baseUrl)}/${[entity, project, 'runs', run].map(encodeURIComponent).join('/')}`
}

/** null: it said no last word. */
function exitCodeOf({ state }: StoredRun): number | null {
  switch (state) {
    case 'finished':
      return EXIT_CODES.finished
    case 'stopped':
      return EXIT_CODES.stopped
    case 'failed':
      return EXIT_CODES.failed
    case 'out-of-memory':
      return EXIT_CODES.outOfMemory
    default:
      return null
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof ServerRefusal)) throw error
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}
