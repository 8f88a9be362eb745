/** What lies in the data folder. */
export interface StoragePart {
  /** A folder of the data folder, or '' for the files beside them. */
  readonly name: string
  readonly bytes: number
  readonly fileCount: number
}

export interface StorageReport {
  readonly home: string
  /** Largest first. Sizes of the files, not of the blocks that they fill. */
  readonly parts: readonly StoragePart[]
  /** Of the disk, for whoever runs this; null where it does not say. */
  readonly freeBytes: number | null
}
