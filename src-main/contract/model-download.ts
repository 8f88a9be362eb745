/** Models from a hub: what is asked, how far it is, and what came of it. */
import { z } from 'zod'
import type { ErrorRecord } from './api.ts'

const REPOSITORY = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/

/** Could it be the name of a model on a hub, owner/name? */
export function isRepository(name: string): boolean {
  return REPOSITORY.test(name) && !name.includes('..')
}

export const downloadRequestSchema = z.strictObject({
  /** owner/name */
  repository: z.string().min(1).max(300),
  /** Branch, tag or commit. */
  revision: z.string().min(1).max(200),
  /** Absolute path of the folder that will hold the model; null = `<home>/models/<owner>--<name>`. */
  folder: z.string().min(1).nullable(),
})
export type DownloadRequest = z.infer<typeof downloadRequestSchema>

export interface DownloadProgress {
  readonly repository: string
  readonly folder: string
  /** Under way; null while the list of files is asked for. */
  readonly file: string | null
  readonly doneBytes: number
  /** 0 until the list is there. */
  readonly totalBytes: number
  /** null while it goes on; an error for a download that failed. */
  readonly end: 'done' | 'cancelled' | ErrorRecord | null
}

/** `source.json` of a downloaded model. */
export const modelSourceSchema = z.object({
  /** Address of the repository. */
  origin: z.string(),
  /** Commit. */
  revision: z.string(),
  /** As the hub names it; null when it says nothing. */
  licence: z.string().nullable(),
  /** File -> SHA-256, hex. */
  files: z.record(z.string(), z.string()),
})
export type ModelSource = z.infer<typeof modelSourceSchema>

export interface DownloadedModel {
  readonly folder: string
  readonly source: ModelSource
  readonly totalBytes: number
  /** Files that were left where they are, e.g. pickled weights. */
  readonly skipped: readonly string[]
}
