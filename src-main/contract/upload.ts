/** Files that a page hands over part by part, where it cannot tell a path: in a browser. */
import { z } from 'zod'
import { UPLOAD_FILE_BYTES, UPLOAD_PART_BYTES } from './upload-limits.ts'

const BASE64_LENGTH = Math.ceil(UPLOAD_PART_BYTES / 3) * 4

/** One part of a path: it leads nowhere else on any system. */
const segment = z
  .string()
  .min(1)
  .max(255)
  .refine((name) => name !== '.' && name !== '..' && !/[/\\\0]/.test(name), 'must be the name of a file or folder')

export const uploadIdSchema = z.uuid()

export const uploadPartSchema = z.strictObject({
  /** Chosen by the page: what was dropped together. */
  upload: uploadIdSchema,
  /** Folders, then the file. */
  path: z.array(segment).min(1).max(32),
  /** Where the part begins in its file. A part that is sent again changes nothing. */
  offset: z.int().min(0).max(UPLOAD_FILE_BYTES),
  base64: z.base64().max(BASE64_LENGTH),
  /** The file is whole with this part. */
  isLast: z.boolean(),
})
export type UploadPart = z.infer<typeof uploadPartSchema>
