/** Other computers that runs may train on, by the names that ssh knows them by. */
import { z } from 'zod'
import type { DoctorCheck } from './api.ts'
import type { Gpu } from './gpu.ts'

/** As ssh takes it; it can be no option, no command and no path, because it begins with a letter, a digit or _ and has none of their characters. */
export const hostNameSchema = z.string().regex(/^(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,63}@)?[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/)

/** Absolute, or from the home folder of whoever ssh logs in: letters that no shell and no copying program reads as anything else. */
export const hostPathSchema = z
  .string()
  .max(300)
  .regex(/^(?:~|\/)(?:[A-Za-z0-9._/-]*)$/)
  .refine((path) => /^(?:~$|~\/|\/)/.test(path) && !path.split('/').includes('..'))

export const HOST_FOLDER = '~/.veritune'

/** One entry of `<home>/hosts.json`. */
export const knownHostSchema = z.strictObject({
  name: hostNameSchema,
  /** All that is copied there lies in it. */
  folder: hostPathSchema,
  /** The Python of the PyTorch engine there; null: python3. */
  python: hostPathSchema.nullable(),
  /** ISO-UTC */
  addedAt: z.string(),
})
export type KnownHost = z.infer<typeof knownHostSchema>

/** Looked at by the handler, which names the wrong field. */
export const hostRequestSchema = z.strictObject({
  name: z.string().max(400),
  /** null: HOST_FOLDER. */
  folder: z.string().max(400).nullable(),
  python: z.string().max(400).nullable(),
})
export type HostRequest = z.infer<typeof hostRequestSchema>

/** What a host can do. */
export interface HostReport {
  readonly host: KnownHost
  /** Nothing is bad: a run can be started there. */
  readonly isReady: boolean
  readonly checks: readonly DoctorCheck[]
  /** None where it could not be looked at. */
  readonly gpus: readonly Gpu[]
}
