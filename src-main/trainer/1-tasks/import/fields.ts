/** Fields of a row. */
import { RowProblem } from './problem.ts'
import { isRecord } from './rows/rows.ts'

/** The value at a name, or at a path of names with dots. Only what the row itself has: no inherited names. */
export function fieldOf(value: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(value, path)) return value[path]
  let current: unknown = value
  for (const name of path.split('.')) {
    const step = Array.isArray(current) ? current[Number(name)] : undefined
    current = isRecord(current) && Object.hasOwn(current, name) ? current[name] : step
  }
  return current
}

/** Throws RowProblem when it is not there, empty, or no text. */
export function requiredText(value: Readonly<Record<string, unknown>>, path: string): string {
  const text = optionalText(value, path)
  if (text === null) throw new RowProblem(path, `The field "${path}" is missing or empty.`, 'Fill it in, or leave the row out.')
  return text
}

/** null when it is not there or empty. Throws RowProblem when it is no text. */
export function optionalText(value: Readonly<Record<string, unknown>>, path: string): string | null {
  const found = fieldOf(value, path)
  if (found === undefined || found === null || found === '') return null
  if (typeof found === 'number' || typeof found === 'bigint') return String(found)
  if (typeof found !== 'string') throw new RowProblem(path, `The field "${path}" is no text.`, 'Write it as one text.')
  return found.trim() === '' ? null : found.replaceAll('\r\n', '\n')
}
