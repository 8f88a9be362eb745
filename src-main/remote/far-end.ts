/** `serve-run` on a host, asked over one ssh connection (contract/far-end.ts). */
import type { z } from 'zod'
import {
  digestSchema,
  FAR_END_READY,
  farErrorSchema,
  listSchema,
  lookSchema,
  readSchema,
  tookSchema,
  type FarLook,
  type FarQuestion,
} from '#contract/far-end'
import type { ControlRequest } from '#contract/control'
import { Failure } from '#contract/failure'
import { failureOf } from './ssh-failure.ts'
import { ended, startOnHost, type HostCommand, type SshProcess } from './ssh.ts'

/** Nothing at all came for so long: the link hangs. */
const SILENCE_MS = 45_000
const KEPT_STDERR = 8_000
const NEWLINE = 0x0a

interface Answer {
  readonly header: Readonly<Record<string, unknown>>
  readonly bytes: Buffer
}

interface Pending {
  resolve(answer: Answer): void
  reject(error: Error): void
}

export class FarEnd {
  readonly #host: string
  readonly #child: SshProcess
  readonly #pending: Pending[] = []
  #received: Buffer[] = []
  #receivedBytes = 0
  /** Bytes that the answer under way needs; null: its header is still to come. */
  #wanted: { readonly header: Answer['header']; readonly bytes: number } | null = null
  #isReady = false
  #stderr = ''
  #silence: NodeJS.Timeout | null = null
  #end: Error | null = null
  readonly #closed: Promise<void>

  /** The first question fails where the host cannot be reached. */
  constructor(host: string, command: HostCommand) {
    this.#host = host
    this.#child = startOnHost(host, command)
    this.#child.stdin.on('error', () => {})
    this.#child.stdout.on('data', (bytes: Buffer) => this.#receive(bytes))
    this.#child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR)))
    this.#closed = ended(host, this.#child).then(
      (code) => this.#finish(this.#failureOf(command, code)),
      (error: Error) => this.#finish(error),
    )
  }

  look(launch: string): Promise<FarLook> {
    return this.#ask({ ask: 'look', launch }, lookSchema).then(({ answer }) => answer)
  }

  /** At most `length` bytes from an offset on; stamp null: there is no such file. */
  async read(file: string, offset: number, length: number): Promise<{ bytes: Buffer; size: number; stamp: string | null }> {
    const { answer, bytes } = await this.#ask({ ask: 'read', file, offset, length }, readSchema)
    return { bytes, size: answer.size, stamp: answer.stamp }
  }

  /** SHA-256 of so many bytes from the beginning on; null: there are fewer. */
  async digest(file: string, length: number): Promise<string | null> {
    return (await this.#ask({ ask: 'digest', file, length }, digestSchema)).answer.sha256
  }

  async list(folder: string): Promise<z.infer<typeof listSchema>['files']> {
    return (await this.#ask({ ask: 'list', folder }, listSchema)).answer.files
  }

  async command(id: string, request: ControlRequest): Promise<void> {
    await this.#ask({ ask: 'command', id, request }, tookSchema)
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  async #ask<S extends z.ZodType>(question: FarQuestion, schema: S): Promise<{ answer: z.infer<S>; bytes: Buffer }> {
    if (this.#end !== null) throw this.#end
    const answered = new Promise<Answer>((resolve, reject) => this.#pending.push({ resolve, reject }))
    this.#child.stdin.write(`${JSON.stringify(question)}\n`)
    this.#listen()
    const { header, bytes } = await answered
    const refusal = farErrorSchema.safeParse(header)
    if (refusal.success)
      throw new Failure('remote.command', { host: this.#host, what: 'give out the run', reason: refusal.data.error })
    return { answer: schema.parse(header), bytes }
  }

  #receive(bytes: Buffer): void {
    this.#received.push(bytes)
    this.#receivedBytes += bytes.length
    this.#listen()
    try {
      while (this.#takeLine() || this.#takeBytes());
    } catch (error) {
      // Something else speaks there.
      this.#finish(
        new Failure('remote.command', { host: this.#host, what: 'give out the run', reason: (error as Error).message }),
      )
      this.#child.kill('SIGKILL')
    }
  }

  #takeLine(): boolean {
    if (this.#wanted !== null) return false
    const all = this.#joined()
    const end = all.indexOf(NEWLINE)
    if (end < 0) return false
    const line = all.toString('utf8', 0, end)
    this.#keep(all.subarray(end + 1))
    if (!this.#isReady) {
      this.#isReady = line === FAR_END_READY
      return true
    }
    const header = JSON.parse(line) as Record<string, unknown>
    this.#wanted = { header, bytes: Number(header.bytes) || 0 }
    return true
  }

  #takeBytes(): boolean {
    if (this.#wanted === null || this.#receivedBytes < this.#wanted.bytes) return false
    const { header, bytes } = this.#wanted
    const all = this.#joined()
    this.#keep(all.subarray(bytes))
    this.#wanted = null
    this.#pending.shift()?.resolve({ header, bytes: all.subarray(0, bytes) })
    if (this.#pending.length === 0) this.#rest()
    return true
  }

  #joined(): Buffer {
    if (this.#received.length !== 1) this.#received = [Buffer.concat(this.#received)]
    return this.#received[0]!
  }

  #keep(rest: Buffer): void {
    this.#received = [rest]
    this.#receivedBytes = rest.length
  }

  #listen(): void {
    this.#rest()
    if (this.#pending.length > 0) this.#silence = setTimeout(() => this.#giveUp(), SILENCE_MS)
  }

  #rest(): void {
    if (this.#silence !== null) clearTimeout(this.#silence)
    this.#silence = null
  }

  #giveUp(): void {
    this.#finish(new Failure('remote.no-answer', { host: this.#host }))
    this.#child.kill('SIGKILL')
  }

  #failureOf(command: HostCommand, code: number | null): Failure {
    if (code === 97) return new Failure('remote.program-gone', { host: this.#host })
    // It ends well only when its input ends, which nobody asked for.
    if (code === 0 || code === null) return new Failure('remote.lost', { host: this.#host })
    return failureOf({ host: this.#host, code, stderr: this.#stderr, ...command })
  }

  /** The first reason stays. */
  #finish(reason: Error): void {
    this.#end ??= reason
    this.#rest()
    for (const { reject } of this.#pending.splice(0)) reject(this.#end)
  }
}
