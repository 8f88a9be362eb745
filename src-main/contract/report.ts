/** Reports of runs as files for other people. */
import { z } from 'zod'
import { REPORT_FORMATS } from './report-formats.ts'
import { runId } from './run-id.ts'

export const reportRequestSchema = z
  .strictObject({
    /** Empty where an experiment is named. */
    runs: z.array(runId).max(50),
    /** All runs of an experiment, and what it read on the test tasks. */
    experiment: z.string().min(1).nullable(),
    formats: z.array(z.enum(REPORT_FORMATS)).min(1),
    /** Absolute; made where it is not there, files of an older report in it are replaced. null: the answer carries the file. */
    folder: z.string().min(1).nullable(),
    /** null: made from what is compared. */
    title: z.string().min(1).max(200).nullable(),
    /** What somebody wanted to know, in their words. */
    question: z.string().min(1).max(4_000).nullable(),
  })
  .refine(({ runs, experiment }) => runs.length > 0 !== (experiment !== null), 'must name either runs or an experiment')
export type ReportRequest = z.infer<typeof reportRequestSchema>

/** A report at Weights & Biases. */
export interface PublishedReport {
  readonly url: string
  /** It was there before, and was brought up to date. */
  readonly isUpdated: boolean
  /** Of its runs those that are not there: no panel shows them. */
  readonly missing: readonly string[]
}

export interface MadeReport {
  readonly title: string
  readonly folder: string | null
  /** Paths below the folder. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[]
  /** null where that was not asked for. */
  readonly published: PublishedReport | null
  /** null where there is a folder, or no file. More than one file is a zip archive. */
  readonly download: { readonly name: string; readonly mediaType: string; readonly base64: string } | null
}

export interface ReportProgress {
  /** What is done now, e.g. `Reading run 2 of 7`; '' at the end. */
  readonly doing: string
  readonly done: number
  readonly total: number
}
