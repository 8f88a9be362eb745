/** The stream of a run's lines: a request carries lines from a number on, and its 2xx acknowledges them. The same lines sent twice are there once. */
import type { LineValue } from './lines.ts'
import { postJson, type Place, type Server } from './request.ts'

/** A request holds no more than this, but always one line. */
const MOST_LINES = 1_000
const MOST_BYTES = 1_000_000

export interface TextLine {
  readonly number: number
  readonly text: string
}

export interface StreamAnswer {
  /** Somebody asks at W&B that the run stop. */
  readonly isStopAsked: boolean
}

/** Lines in groups that a request can carry: numbers without a gap, within the bounds. */
export function batchesOf(lines: readonly TextLine[]): TextLine[][] {
  const batches: TextLine[][] = []
  let bytes = 0
  for (const line of lines) {
    const size = Buffer.byteLength(line.text) + 3
    const batch = batches.at(-1)
    const fits = batch !== undefined && batch.length < MOST_LINES && bytes + size <= MOST_BYTES
    if (fits && batch.at(-1)!.number + 1 === line.number) batch.push(line)
    else {
      batches.push([line])
      bytes = 0
    }
    bytes += size
  }
  return batches
}

export class FileStream {
  readonly #server: Server
  readonly #place: Place
  readonly #path: string

  constructor(server: Server, place: Place, run: string) {
    this.#server = server
    this.#place = place
    this.#path = `/files/${[place.entity, place.project, run].map(encodeURIComponent).join('/')}/file_stream`
  }

  /** A batch of `batchesOf`. Resolves when the server has acknowledged it. Throws ServerRefusal. */
  sendLines(lines: readonly TextLine[]): Promise<StreamAnswer> {
    const content = lines.map(({ text }) => text)
    return this.#post({ files: { 'wandb-history.jsonl': { offset: lines[0]!.number, content } } }, 'lines of the run')
  }

  sendSummary(summary: Readonly<Record<string, LineValue>>): Promise<StreamAnswer> {
    const content = [JSON.stringify(summary)]
    return this.#post({ files: { 'wandb-summary.json': { offset: 0, content } } }, 'the summary of the run')
  }

  /** Says that the run is alive. */
  beat(): Promise<StreamAnswer> {
    return this.#post({}, 'a sign of life')
  }

  /** The run has ended; one that is gone on with later is sent again without asking. */
  complete(exitCode: number): Promise<StreamAnswer> {
    return this.#post({ complete: true, exitcode: exitCode }, 'the end of the run')
  }

  async #post(body: object, what: string): Promise<StreamAnswer> {
    const answer = (await postJson(this.#server, this.#path, body, this.#place, what)) as { stopped?: unknown }
    return { isStopAsked: answer.stopped === true }
  }
}
