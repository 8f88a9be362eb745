/** Path of the Node binary that `npm ci` installed; null when there is none. */
export function pinnedNode(packages?: string, platform?: string, architecture?: string): string | null
