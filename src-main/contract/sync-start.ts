/** What is handed to the program that sends runs, over its standard input: a key is in no argument, no environment and no file. */

/** A key, and the one server that may have it. */
export interface GivenKey {
  readonly key: string
  readonly host: string
}

/** `send <data folder>` reads this, then works until nothing is left to do. */
export interface SyncStart {
  /** Of the keychain, or typed; null: it looks for one itself. */
  readonly given: GivenKey | null
  /** Other waits than those of sync/pace, in ms. */
  readonly pace?: Readonly<Record<string, number>>
}

/** `login` reads this, and writes a LoginAnswer. */
export interface LoginAsk {
  readonly key: string | null
  readonly baseUrl: string
  /** Ask the server whose key it is, and for this project of it; entity null: the account's own. null: ask no server. */
  readonly proof: { readonly entity: string | null; readonly project: string } | null
}

/** Of a ServerRefusal: what is needed to say it again. */
export interface RefusalRecord {
  readonly code: string
  readonly facts: Readonly<Record<string, string | number>>
}

export interface FoundKey {
  readonly key: string
  readonly entity: string | null
  readonly teams: readonly string[]
  readonly project: 'there' | 'absent' | null
  /** Of the project; the key is good all the same. */
  readonly placeFailure: RefusalRecord | null
}

export type LoginAnswer = FoundKey | { readonly failure: RefusalRecord }

/** Input of the mutation `upsertView`. */
export interface ReportView {
  /** Of one that is there already: it is changed in place. */
  readonly id?: string
  readonly entityName: string
  readonly projectName: string
  readonly type: 'runs'
  readonly name: string
  readonly displayName: string
  readonly description: string
  /** JSON. */
  readonly spec: string
}

/** A file of a run there that the report shows. */
export interface ReportPicture {
  readonly run: string
  readonly name: string
  readonly base64: string
}

/** `report` reads this, and writes a ReportAnswer. */
export interface ReportAsk {
  readonly key: string
  readonly baseUrl: string
  readonly view: ReportView
  readonly picture: ReportPicture | null
}

export type ReportAnswer = { readonly viewId: string } | { readonly failure: RefusalRecord }
