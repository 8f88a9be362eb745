/** Ports of a design against those that a task asks for. */
import type { Port } from '#contract/task'
import type { Netlist, NetlistPort } from './verilog/netlist.ts'

/** The end of a sentence that begins with "It compiles, but"; null when they are the same. */
export function portMismatch(
  netlist: Netlist,
  wanted: readonly (Omit<Port, 'direction'> & Pick<NetlistPort, 'direction'>)[],
): string | null {
  for (const { name, direction, width } of wanted) {
    const port = netlist.ports[name]
    if (port === undefined) return `it has no port ${name}`
    if (port.direction !== direction) return `port ${name} is an ${port.direction}, not an ${direction}`
    if (port.bits.length !== width) return `port ${name} has ${port.bits.length} bits, not ${width}`
  }
  const extra = Object.keys(netlist.ports).find((name) => !wanted.some((port) => port.name === name))
  return extra === undefined ? null : `it has a port ${extra} that the task does not know`
}

export function portsOf(netlist: Netlist): { name: string; direction: NetlistPort['direction']; width: number }[] {
  return Object.entries(netlist.ports).map(([name, { direction, bits }]) => ({ name, direction, width: bits.length }))
}
