/** Values of a config by their dotted path. */
import type { RunConfig } from '#contract/run-config'

/** undefined where the path leads nowhere. */
export function valueAtPath(config: RunConfig, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], config)
}

/** A copy of the config with one value replaced. */
export function withValueAtPath(config: RunConfig, path: string, value: unknown): RunConfig {
  const replace = (at: Record<string, unknown>, [key, ...rest]: string[]): Record<string, unknown> => ({
    ...at,
    [key!]: rest.length === 0 ? value : replace(at[key!] as Record<string, unknown>, rest),
  })
  return replace(config as unknown as Record<string, unknown>, path.split('.')) as unknown as RunConfig
}
