/** The sentence that says what is wrong and what to do, or null. */
export function problemOf(version: string, platform: string, architecture: string): string | null
