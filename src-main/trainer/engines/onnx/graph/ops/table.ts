/** The operator table: every operation that a graph may hold. */
import { ELEMENTWISE } from './elementwise.ts'
import { LINEAR } from './linear.ts'
import type { Operator, OperatorName } from './operator.ts'
import { SHAPE } from './shape.ts'

export const OPERATORS: Readonly<Record<OperatorName, Operator>> = { ...ELEMENTWISE, ...SHAPE, ...LINEAR }
