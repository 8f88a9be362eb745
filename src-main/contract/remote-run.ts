/** A run that trains on another computer: two files of its directory here, which mirrors the one over there. */
import { z } from 'zod'
import { hostNameSchema, hostPathSchema } from './hosts.ts'

/** remote.json: where it trains, as the list of hosts had it when the run was made. */
export const remotePlaceSchema = z.strictObject({
  host: hostNameSchema,
  folder: hostPathSchema,
  /** null: python3. */
  python: hostPathSchema.nullable(),
})
export type RemotePlace = z.infer<typeof remotePlaceSchema>

const problemSchema = z.strictObject({ message: z.string(), remedy: z.string() })
export type LinkProblem = z.infer<typeof problemSchema>

/** link.json: what was known of it last. */
export const remoteLinkSchema = z.strictObject({
  /**
   * delivering: it is brought there, no trainer was started by this launch yet. followed: a trainer was. refused: the host did not take it. over: the
   * trainer is gone, and all that it said is here.
   */
  phase: z.enum(['delivering', 'followed', 'refused', 'over']),
  /** Names the launch: however often it is asked for, one trainer is started by it. */
  launch: z.string(),
  /** Options of the trainer. */
  flags: z.array(z.string()),
  /** ISO-UTC, of this computer's clock, as are commands to the run. */
  launchedAt: z.string(),
  /** Absolute folder over there that programs, models and runs lie in; null until the host has said it. */
  root: z.string().nullable(),
  /** Folder name of the trainer over there. */
  program: z.string().nullable(),
  /** Its Node: an absolute path over there, or a command. */
  node: z.string().nullable(),
  /** As the host said last. */
  hasTrainer: z.boolean(),
  /** ISO-UTC; null: never. */
  reachedAt: z.string().nullable(),
  /** Why it is not reached now, or was refused; null: it is reached. */
  problem: problemSchema.nullable(),
  /** What is being done before its trainer starts, as in "copies the model"; null afterwards. */
  doing: z.string().nullable(),
})
export type RemoteLink = z.infer<typeof remoteLinkSchema>

/** What a person is told of it. */
export interface RemoteState {
  readonly host: string
  readonly reachedAt: string | null
  readonly problem: LinkProblem | null
  readonly doing: string | null
}
