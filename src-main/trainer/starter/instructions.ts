/** Design -> what a person would ask for. Every phrasing states the module name and all ports with their widths. */
import type { Port } from '#contract/task'
import type { Design } from './design.ts'

type Frame = (parts: { name: string; inputs: string; outputs: string; behaviour: string }) => string

const FRAMES: readonly Frame[] = [
  ({ name, inputs, outputs, behaviour }) =>
    `Write module ${name} with inputs ${inputs} and outputs ${outputs}. ${sentence(behaviour)}`,
  ({ name, inputs, outputs, behaviour }) => `Module ${name}, inputs ${inputs}, outputs ${outputs}: ${behaviour}.`,
  ({ name, inputs, outputs, behaviour }) =>
    `${sentence(behaviour)} Call it ${name}, with inputs ${inputs} and outputs ${outputs}.`,
]

/** All phrasings of an instruction. */
export function instructions(design: Design): string[] {
  const listed = (direction: Port['direction']): string =>
    design.ports
      .filter((port) => port.direction === direction)
      .map(({ name, width }) => (width === 1 ? name : `${name}[${width - 1}:0]`))
      .join(', ')
  const parts = { name: design.moduleName, inputs: listed('input'), outputs: listed('output') }
  return FRAMES.flatMap((frame) => design.behaviours.map((behaviour) => frame({ ...parts, behaviour })))
}

/** A capital would hide that `y` or `q` is a name, so only whole words get one. */
function sentence(behaviour: string): string {
  const isWord = /^[a-z]{3,}/.test(behaviour) && !behaviour.startsWith('rst')
  return `${isWord ? behaviour[0]!.toUpperCase() + behaviour.slice(1) : behaviour}.`
}
