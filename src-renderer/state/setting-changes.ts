/** What a person changed of settings, setting by setting: so that a draft outlives settings that come and go. */

type Settings = Readonly<Record<string, unknown>>

/** Dotted path -> value of what differs. A number that is no number yet is left out. */
export function changesOf(before: object, after: object): Record<string, unknown> {
  const changes: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(after)) {
    const earlier = (before as Settings)[key]
    if (isSettings(value) && isSettings(earlier)) {
      for (const [path, inner] of Object.entries(changesOf(earlier, value))) changes[`${key}.${path}`] = inner
    } else if (!Number.isNaN(value) && JSON.stringify(value) !== JSON.stringify(earlier)) changes[key] = value
  }
  return changes
}

/** The settings with these changes, and the paths of those that fit nowhere. */
export function withChanges<T extends object>(before: T, changes: Settings): { readonly after: T; readonly unknown: string[] } {
  let after: T = before
  const unknown: string[] = []
  for (const [path, value] of Object.entries(changes)) {
    const changed = replaced(after as unknown as Settings, path.split('.'), value)
    if (changed === null) unknown.push(path)
    else after = changed as T
  }
  return { after, unknown }
}

/** Reads what has the fields of a first value, of the same kinds; gives null for anything else. What is null at first may become anything. */
export function readLike<T extends object>(first: T): (value: unknown) => T | null {
  return (value) => {
    if (!isSettings(value)) return null
    const { after, unknown } = withChanges(first, changesOf(first, value))
    return unknown.length === 0 ? after : null
  }
}

/** null where there is no such setting, or one of another kind. */
function replaced(at: Settings, [key, ...rest]: readonly string[], value: unknown): Settings | null {
  if (key === undefined || !Object.hasOwn(at, key)) return null
  const earlier = at[key]
  if (rest.length === 0) return isSameKind(earlier, value) ? { ...at, [key]: value } : null
  const inner = isSettings(earlier) ? replaced(earlier, rest, value) : null
  return inner === null ? null : { ...at, [key]: inner }
}

/** What may be off is null then. */
function isSameKind(a: unknown, b: unknown): boolean {
  return a === null || b === null || (typeof a === typeof b && Array.isArray(a) === Array.isArray(b))
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
