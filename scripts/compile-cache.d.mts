export const COMPILE_CACHE: string
export function keepCompiled(): void
