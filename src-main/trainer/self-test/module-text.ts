/** A module around a body, with a task's name and ports. */
import type { Port } from '#contract/task'

export interface Interface {
  readonly moduleName: string
  readonly ports: readonly Port[]
}

/** outputs: `output reg` may be assigned in a process, `output` by an assign or an instance. */
export function moduleText({ moduleName, ports }: Interface, body: string, outputs: 'output' | 'output reg' = 'output'): string {
  const list = ports.map(
    ({ name, direction, width }) =>
      `${direction === 'output' ? outputs : direction} ${width === 1 ? '' : `[${width - 1}:0] `}${name}`,
  )
  return `module ${moduleName}(${list.join(', ')});\n${body}\nendmodule`
}
