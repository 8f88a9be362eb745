/** Packages that stay beside the bundle. */
export const TRAINER_PACKAGES: readonly string[]
/** Writes main.js, the worker files and their shared chunks into `folder`. */
export function buildTrainer(folder?: string): Promise<void>
