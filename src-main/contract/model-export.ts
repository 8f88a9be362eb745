/** What a run leaves behind for others: its adapter, a whole model, or a graph. */
import { z } from 'zod'
import { EXPORT_FORMATS, EXPORT_TYPES, type ExportFormat } from './export-formats.ts'

export const exportRequestSchema = z.strictObject({
  format: z.enum(EXPORT_FORMATS),
  /** Absolute path of a folder that is not there yet, or empty. */
  out: z.string().min(1),
  /** Step of a checkpoint; null = the newest. */
  step: z.int().min(0).nullable(),
  /** Of a merged model's weights; float32 is what was trained, to the last bit. */
  dtype: z.enum(EXPORT_TYPES),
  /** Tokens of an onnx graph's input. */
  lengthTokens: z.int().min(1).max(8192),
})
export type ExportRequest = z.infer<typeof exportRequestSchema>

export interface ExportReport {
  readonly folder: string
  readonly format: ExportFormat
  /** Step of the checkpoint that was taken. */
  readonly step: number
  readonly files: readonly { readonly name: string; readonly bytes: number }[]
}
