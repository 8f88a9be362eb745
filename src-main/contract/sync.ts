/** Runs mirrored to Weights & Biases: what a person wishes, and how far it is. */
import { z } from 'zod'
import type { ErrorRecord } from './api.ts'

/** Names of other systems that may stand beside ours. */
export const ALIAS_SETS = ['trl', 'seed', 'verl'] as const
export type AliasSet = (typeof ALIAS_SETS)[number]

/** As W&B allows them in an address. */
const placeName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(128)
  .regex(/^[^\s/\\#?%:]+$/, 'has a character that W&B does not take in a name')

const serverAddress = z.url({ protocol: /^https?$/, error: 'is no address of a server' })

/** sync.json in the data folder. */
export const syncSettingsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Account or team; null: the account's own. */
  entity: placeName.nullable(),
  project: placeName,
  /** Of a server of one's own; null: WANDB_BASE_URL, else api.wandb.ai. */
  baseUrl: serverAddress.nullable(),
  aliases: z.array(z.enum(ALIAS_SETS)),
  /** Runs made since this time (ISO-UTC) are sent without being asked for; null: none. */
  automaticSince: z.iso.datetime().nullable(),
  /** A stop that somebody asks for at W&B stops the run; else it is only told. */
  obeysStop: z.boolean(),
})
export type SyncSettings = z.infer<typeof syncSettingsSchema>
export const FIRST_SYNC_SETTINGS: SyncSettings = {
  schemaVersion: 1,
  entity: null,
  project: 'veritune',
  baseUrl: null,
  aliases: [],
  automaticSince: null,
  obeysStop: false,
}

/** What of the settings a caller may change; what is left out stays. */
export const syncChangeSchema = syncSettingsSchema.omit({ schemaVersion: true, automaticSince: true }).partial().extend({
  isAutomatic: z.boolean().optional(),
})
export type SyncChange = z.infer<typeof syncChangeSchema>

/** wandb/wish.json of a run: written by whoever a person talks to, read by the process that sends. */
export const syncWishSchema = z.strictObject({
  isOn: z.boolean(),
  entity: placeName.nullable(),
  project: placeName,
  baseUrl: serverAddress.nullable(),
  aliases: z.array(z.enum(ALIAS_SETS)),
  obeysStop: z.boolean(),
  /** Runs that belong together; an experiment's id. */
  group: z.string().nullable(),
  /** Id at W&B; null: the run's own. */
  as: placeName.nullable(),
  /** Rises with each request to try now, and to send all again. */
  retries: z.int().min(0),
  resends: z.int().min(0),
})
export type SyncWish = z.infer<typeof syncWishSchema>

/** What is given for one run; what is left out comes from its last wish, else from the settings. */
export const runSyncChangeSchema = syncWishSchema.omit({ retries: true, resends: true, group: true, obeysStop: true }).partial()
export type RunSyncChange = z.infer<typeof runSyncChangeSchema>

/**
 * off: nobody asked; queued: nothing was said of it yet; sending; live: all that is known is confirmed, and the run goes on; waits: see `problem`;
 * confirmed: all lines, counted by the server after the end.
 */
export const SYNC_STATES = ['off', 'queued', 'sending', 'live', 'waits', 'confirmed'] as const
export type SyncState = (typeof SYNC_STATES)[number]

export interface SyncPlace {
  /** Account or team; null: that of the API key. */
  readonly entity: string | null
  readonly project: string
  /** Of the server. */
  readonly host: string
}

export interface RunSyncStatus {
  readonly run: string
  readonly state: SyncState
  /** Where it goes; before anybody asked, where the settings would send it. */
  readonly place: SyncPlace
  /** What the settings name, where that is another place by now. */
  readonly otherPlace: SyncPlace | null
  /** Lines that the server has acknowledged, of those that the run has. */
  readonly confirmed: number
  readonly lines: number
  /** Page of the run at W&B; null until it is there. */
  readonly url: string | null
  /** Why it waits. */
  readonly problem: ErrorRecord | null
  /** ISO-UTC; null where it does not wait. */
  readonly nextTryAt: string | null
  /** Somebody asks at W&B that the run stop. */
  readonly isStopAsked: boolean
  /** ISO-UTC */
  readonly updatedAt: string | null
}

export const loginRequestSchema = z.strictObject({
  /** null: the key of the keychain, of WANDB_API_KEY or of ~/.netrc. */
  key: z.string().trim().min(1).max(400).nullable(),
  baseUrl: serverAddress.nullable(),
})
export type LoginRequest = z.infer<typeof loginRequestSchema>

/** typed: known to this workbench alone, until it ends. */
export type KeySource = 'typed' | 'keychain' | 'environment' | 'netrc'

/** Which API key the server of the settings would get; the key itself leaves the workbench to nobody but the programs that send. */
export interface KeyInUse {
  readonly host: string
  /** null: there is none. */
  readonly source: KeySource | null
  /** Why a key that is typed is forgotten with the end of the workbench; null: it is kept. */
  readonly forgottenBecause: string | null
}

/** The key is good. */
export interface LoginProof {
  readonly keyInUse: KeyInUse
  /** The account's own entity. */
  readonly entity: string | null
  readonly teams: readonly string[]
  /** Of the settings; absent: the first run makes it. null: see `problem`. */
  readonly project: 'there' | 'absent' | null
  /** What the server has against the place of the settings. */
  readonly problem: ErrorRecord | null
}
