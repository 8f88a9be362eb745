// Compiled sources are kept between starts, for this process and those that it starts: a command then starts in half the time.
import module from 'node:module'
import { resolve } from 'node:path'

/** Beside what else is made from this checkout; NODE_COMPILE_CACHE names another folder. */
export const COMPILE_CACHE = resolve(import.meta.dirname, '../node_modules/.cache/compiled')

export function keepCompiled() {
  process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE
  // A Node that is too old has no such function; it is told so elsewhere.
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE)
}
