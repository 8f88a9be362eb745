/** Exit code of the build, 0 when there was nothing to do. */
export function buildIfNeeded(): number
/** Is the build younger than its sources? */
export function isBuilt(): boolean
