/**
 * A cell that treats every bit alike, cut into one cell per bit. `c[4:1] = g | (p & c[3:0])` is a chain of bits, not a loop, although one
 * word-level cell feeds itself: only bits show the difference.
 */
import { parameterOf, type Bit, type Cell } from './netlist.ts'

const BITWISE = new Set(['$pos', '$buf', '$not', '$and', '$or', '$xor', '$xnor', '$mux', '$pmux', '$bwmux'])

/** The cell itself where its bits depend on each other. */
export function bitSlices(cell: Cell): readonly Cell[] {
  const width = cell.connections.Y?.length ?? 0
  if (width < 2 || !BITWISE.has(cell.type)) return [cell]
  return Array.from({ length: width }, (_, i) => ({
    ...cell,
    connections: Object.fromEntries(Object.entries(cell.connections).map(([port, bits]) => [port, slice(cell, port, bits, i)])),
  }))
}

function slice(cell: Cell, port: string, bits: readonly Bit[], i: number): readonly Bit[] {
  if (port === 'S') return cell.type === '$bwmux' ? [bits[i]!] : bits
  // One word for each bit of S, one after the other.
  if (port === 'B' && cell.type === '$pmux') return bits.filter((_, at) => at % cell.connections.Y!.length === i)
  return [bits[i] ?? (parameterOf(cell, `${port}_SIGNED`) === 1 ? (bits.at(-1) ?? '0') : '0')]
}
