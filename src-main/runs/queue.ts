/** In which order runs wait. It stands beside the runs and not in them, so that giving a new one never meets a run that is just being launched. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ORDER_FILE = '.queue-order.json'

/** Waiting runs, the next one first: those that a person gave a place, then the others, the oldest first. */
export function inOrder(runsFolder: string, waiting: readonly string[]): string[] {
  const order = readOrder(runsFolder)
  const placeOf = (id: string): number => (order.includes(id) ? order.indexOf(id) : order.length)
  return waiting.toSorted((a, b) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
}

export function writeOrder(runsFolder: string, ids: readonly string[]): void {
  const file = join(runsFolder, ORDER_FILE)
  writeFileSync(`${file}.partial`, JSON.stringify(ids))
  renameSync(`${file}.partial`, file)
}

function readOrder(runsFolder: string): string[] {
  try {
    const order: unknown = JSON.parse(readFileSync(join(runsFolder, ORDER_FILE), 'utf8'))
    return Array.isArray(order) ? order.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}
