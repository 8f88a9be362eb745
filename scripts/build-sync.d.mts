/** Packages that stay beside the bundle. */
export const SYNC_PACKAGES: readonly string[]
/** Writes main.js, store-worker.js and their shared chunks into `folder`. */
export function buildSync(folder?: string): Promise<void>
