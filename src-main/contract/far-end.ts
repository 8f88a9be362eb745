/**
 * What a workbench asks of `serve-run`, the program that stands beside a run on another computer and gives out its files over ssh. Questions are lines
 * of JSON; an answer is a line of JSON, and after it as many raw bytes as its `bytes` says. Answers come in the order of the questions.
 */
import { z } from 'zod'
import { controlRequestSchema } from './control.ts'

/** Inside the run directory, and nowhere else. */
export const insidePath = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/)
  .max(300)

export const farQuestionSchema = z.discriminatedUnion('ask', [
  /** Is a trainer at work, and how large is what grows? */
  z.strictObject({ ask: z.literal('look'), launch: z.string() }),
  z.strictObject({ ask: z.literal('read'), file: insidePath, offset: z.int().min(0), length: z.int().min(1) }),
  /** Of so many bytes from the beginning on. */
  z.strictObject({ ask: z.literal('digest'), file: insidePath, length: z.int().min(0) }),
  /** All files below a folder. */
  z.strictObject({ ask: z.literal('list'), folder: insidePath }),
  /** A command for the trainer, under the id that a workbench gave it; the same id is taken once. Its time becomes that of the host's clock. */
  z.strictObject({ ask: z.literal('command'), id: z.string(), request: controlRequestSchema }),
])
export type FarQuestion = z.infer<typeof farQuestionSchema>

const counted = { bytes: z.int().min(0).default(0) }

export const lookSchema = z.object({
  ...counted,
  /** Asked before sizes are: a trainer that is gone by then has written its last word. */
  isAlive: z.boolean(),
  /** It has taken its lock: a command that comes from now on is newer than its start. */
  isReady: z.boolean(),
  /** File -> bytes and stamp; those that are there. */
  files: z.record(z.string(), z.object({ size: z.int(), stamp: z.string() })),
  /** Folders of checkpoints that are whole. */
  checkpoints: z.array(z.string()),
})
export type FarLook = z.infer<typeof lookSchema>

/** stamp: another one means another content. null: there is no such file. */
export const readSchema = z.object({ ...counted, size: z.int(), stamp: z.string().nullable() })
/** SHA-256, hex; null: the file is shorter. */
export const digestSchema = z.object({ ...counted, sha256: z.string().nullable() })
export const listSchema = z.object({
  ...counted,
  /** null: there is no such folder. */
  files: z.array(z.object({ path: z.string(), size: z.int(), stamp: z.string() })).nullable(),
})
export const tookSchema = z.object({ ...counted, took: z.boolean() })

/** Precedes an answer's bytes where a question could not be answered. */
export const farErrorSchema = z.object({ ...counted, error: z.string() })

/** The first line of ours; what a login prints comes before it. */
export const FAR_END_READY = 'veritune-serves-a-run'
