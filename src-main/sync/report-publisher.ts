/** Where reports lie at W&B: in the place of their runs, under ids that are kept, so that a report that is made again is the same one. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { FailureCode } from '#contract/failure'
import type { SyncSettings } from '#contract/sync'
import type { ReportAnswer, ReportAsk, ReportPicture, ReportView } from '#contract/sync-start'
import type { KnownKeysOptions } from './known-keys.ts'
import { appUrl, hostOf, ServerRefusal, type Place } from './request.ts'
import { readServerRecord } from './run-files.ts'
import { baseUrlOf, ServerKeys } from './server-keys.ts'

export interface ReportPublisherOptions extends KnownKeysOptions {
  readonly home: string
  readonly settings: () => SyncSettings
  readonly directory: (id: string) => string
  /** Asks the program that speaks to the server. */
  readonly publish: (ask: ReportAsk) => Promise<ReportAnswer>
}

export interface ReportPlace extends Place {
  readonly baseUrl: string
  /** Our id -> id there, of the runs that are there. */
  readonly runs: ReadonlyMap<string, string>
}

/** Of the programs that are asked for a key here. */
const TIMEOUT_MS = 60_000

export class ReportPublisher {
  readonly #options: ReportPublisherOptions

  constructor(options: ReportPublisherOptions) {
    this.#options = options
  }

  /** Where the first of these runs is that was sent, else where the settings would send it. Throws ServerRefusal. */
  async placeOf(runIds: readonly string[]): Promise<ReportPlace> {
    const sent = runIds.flatMap((id) => {
      const record = readServerRecord(this.#options.directory(id))
      return record === null || record.bucketHash === null ? [] : [{ id, record }]
    })
    const { baseUrl, entity, project } = sent[0]?.record ?? (await this.#settledPlace())
    const there = sent.filter(
      ({ record }) => record.baseUrl === baseUrl && record.entity === entity && record.project === project,
    )
    return { baseUrl, entity, project, runs: new Map(there.map(({ id, record }) => [id, record.run])) }
  }

  /** Id of the view of a report that was made before; null: there is none. */
  viewId(place: ReportPlace, subject: string): string | null {
    return this.#views()[nameOf(place, subject)] ?? null
  }

  keepViewId(place: ReportPlace, subject: string, viewId: string): void {
    mkdirSync(dirname(this.#file), { recursive: true })
    const views = { ...this.#views(), [nameOf(place, subject)]: viewId }
    writeFileSync(`${this.#file}.partial`, `${JSON.stringify(views, null, 2)}\n`)
    renameSync(`${this.#file}.partial`, this.#file)
  }

  /** Answers the id of the view. Throws ServerRefusal. */
  async publish({ baseUrl }: ReportPlace, view: ReportView, picture: ReportPicture | null): Promise<string> {
    const { keys, environment, askLogin, publish } = this.#options
    const known = new ServerKeys({ given: keys.read(), environment, askLogin, timeoutMs: TIMEOUT_MS })
    const { key } = await known.server(baseUrl)
    const answer = await publish({ key, baseUrl, view, picture })
    if ('viewId' in answer) return answer.viewId
    throw new ServerRefusal(answer.failure.code as FailureCode, answer.failure.facts)
  }

  async #settledPlace(): Promise<Place & { readonly baseUrl: string }> {
    const { settings, keys, environment, askLogin } = this.#options
    const { entity, project, baseUrl: named } = settings()
    const baseUrl = baseUrlOf(named, environment)
    if (entity !== null) return { baseUrl, entity, project }
    const given = keys.read()
    const key = given?.host === hostOf(baseUrl) ? given.key : null
    const answer = await askLogin({ key, baseUrl, proof: { entity, project } })
    if ('failure' in answer) throw new ServerRefusal(answer.failure.code as FailureCode, answer.failure.facts)
    if (answer.entity === null) throw new ServerRefusal('sync.no-entity', { host: hostOf(baseUrl) })
    return { baseUrl, entity: answer.entity, project }
  }

  /** One that is lost or damaged costs a second report. */
  #views(): Readonly<Record<string, string>> {
    try {
      return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(this.#file, 'utf8')))
    } catch {
      return {}
    }
  }

  get #file(): string {
    return join(this.#options.home, 'sync', 'reports.json')
  }
}

/** As W&B's own tool builds it. */
export function reportUrl({ baseUrl, entity, project }: ReportPlace, title: string, viewId: string): string {
  const parts = [entity, project, 'reports', `${title.replaceAll(' ', '-')}--${viewId}`]
  return `${appUrl(baseUrl)}/${parts.map(encodeURIComponent).join('/')}`
}

/** Of a file of a run. */
export function fileUrl({ baseUrl, entity, project }: ReportPlace, run: string, name: string): string {
  return `${baseUrl}/files/${[entity, project, run, ...name.split('/')].map(encodeURIComponent).join('/')}`
}

function nameOf({ baseUrl, entity, project }: ReportPlace, subject: string): string {
  return JSON.stringify([baseUrl, entity, project, subject])
}
