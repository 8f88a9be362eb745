/** The operator table: every operation that a graph may hold. */
import type { Attributes, Value } from '../graph.ts'
import { ELEMENTWISE } from './elementwise.ts'
import { LINEAR } from './linear.ts'
import type { Operator, OperatorName, TensorType } from './operator.ts'
import { SHAPE } from './shape.ts'
import { STORED } from './stored.ts'

export const OPERATORS: Readonly<Record<OperatorName, Operator>> = { ...ELEMENTWISE, ...SHAPE, ...LINEAR, ...STORED }

/** Types of the outputs. Throws RangeError, naming the operator, when number, types or shapes of the inputs do not fit. */
export function inferNode(name: OperatorName, inputs: readonly Value[], attributes: Attributes): readonly TensorType[] {
  const { takes, infer } = OPERATORS[name]
  const wanted = takes === 'many' ? inputs.map(() => 'float32' as const) : takes
  if (inputs.length !== wanted.length || inputs.length === 0) throw new RangeError(`${name}: ${inputs.length} inputs do not fit`)
  inputs.forEach(({ dtype }, i) => {
    if (wanted[i] !== 'any' && dtype !== wanted[i]) throw new RangeError(`${name}: input ${i + 1} is ${dtype}, not ${wanted[i]}`)
  })
  try {
    return infer(inputs, attributes)
  } catch (error) {
    throw new RangeError(`${name}: ${(error as Error).message}`, { cause: error })
  }
}
