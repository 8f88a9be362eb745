/** Operators that move, cut, pick and add up elements. */
import { sizeOf, type Graph, type Shape, type Value } from '../graph.ts'
import {
  broadcastShape,
  FLOAT,
  float,
  intAttribute,
  listAttribute,
  sameShape,
  sumToShape,
  type Operator,
  type OperatorName,
} from './operator.ts'

function zeros(graph: Graph, shape: Shape): Value {
  return graph.apply('expand', [graph.scalar(0)], { shape })
}

function assertAxis(x: Value, axis: number): void {
  if (axis < 0 || axis >= x.shape.length) throw new RangeError(`[${x.shape.join()}] has no axis ${axis}`)
}

/** All axes but the last must agree: ONNX would accept fewer rows and leave the rest out silently. */
function assertPicks(x: Value, indices: Value): void {
  if (!sameShape(x.shape.slice(0, -1), indices.shape.slice(0, -1))) {
    throw new RangeError(`indices [${indices.shape.join()}] do not fit [${x.shape.join()}]`)
  }
}

export const SHAPE = {
  /** Attributes: axes, keepdims (0 or 1). */
  reduceSum: {
    takes: [FLOAT],
    infer: ([x], attributes) => {
      const axes = listAttribute(attributes, 'axes')
      // ONNX takes an empty list for "all axes".
      if (axes.length === 0) throw new RangeError('there must be an axis')
      for (const axis of axes) assertAxis(x!, axis)
      const keep = intAttribute(attributes, 'keepdims') === 1
      const shape = x!.shape.flatMap((extent, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [extent]))
      return [float(shape)]
    },
    onnx: ({ attributes }) => ({
      type: 'ReduceSum',
      attributes: { keepdims: intAttribute(attributes, 'keepdims') },
      extra: [listAttribute(attributes, 'axes')],
    }),
    gradient: ({ graph, node, gradient }) => {
      const shape = node.inputs[0]!.shape
      const axes = listAttribute(node.attributes, 'axes')
      const kept = shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
      return [graph.apply('expand', [graph.apply('reshape', [gradient], { shape: kept })], { shape })]
    },
  },
  /** Largest element along the last axis, which stays with extent 1. Has no gradient rule: it only steadies an exponential. */
  reduceMax: {
    takes: [FLOAT],
    infer: ([x]) => {
      assertAxis(x!, 0)
      return [float([...x!.shape.slice(0, -1), 1])]
    },
    onnx: ({ inputs }) => ({ type: 'ReduceMax', attributes: { keepdims: 1 }, extra: [[inputs[0]!.shape.length - 1]] }),
  },
  /** Broadcasts to attribute `shape`. */
  expand: {
    takes: [FLOAT],
    infer: ([x], attributes) => {
      const shape = listAttribute(attributes, 'shape')
      if (!sameShape(broadcastShape(x!.shape, shape), shape)) {
        throw new RangeError(`[${x!.shape.join()}] does not broadcast to [${shape.join()}]`)
      }
      return [float(shape)]
    },
    onnx: ({ attributes }) => ({ type: 'Expand', extra: [listAttribute(attributes, 'shape')] }),
    gradient: ({ graph, node, gradient }) => [sumToShape(graph, gradient, node.inputs[0]!.shape)],
  },
  reshape: {
    takes: ['any'],
    infer: ([x], attributes) => {
      const shape = listAttribute(attributes, 'shape')
      if (sizeOf(shape) !== sizeOf(x!.shape)) throw new RangeError(`[${x!.shape.join()}] does not fill [${shape.join()}]`)
      return [{ dtype: x!.dtype, shape }]
    },
    onnx: ({ attributes }) => ({ type: 'Reshape', extra: [listAttribute(attributes, 'shape')] }),
    gradient: ({ graph, node, gradient }) => [graph.apply('reshape', [gradient], { shape: node.inputs[0]!.shape })],
  },
  /** Attribute: permutation. */
  transpose: {
    takes: [FLOAT],
    infer: ([x], attributes) => {
      const permutation = listAttribute(attributes, 'permutation')
      const sorted = [...permutation].sort((a, b) => a - b)
      if (permutation.length !== x!.shape.length || sorted.some((axis, i) => axis !== i)) {
        throw new RangeError(`[${permutation.join()}] is no order of the axes of [${x!.shape.join()}]`)
      }
      return [float(permutation.map((axis) => x!.shape[axis]!))]
    },
    onnx: ({ attributes }) => ({ type: 'Transpose', attributes: { perm: listAttribute(attributes, 'permutation') } }),
    gradient: ({ graph, node, gradient }) => {
      const permutation = listAttribute(node.attributes, 'permutation')
      const inverse = permutation.map((_, axis) => permutation.indexOf(axis))
      return [graph.apply('transpose', [gradient], { permutation: inverse })]
    },
  },
  /** Attributes: axis, start, end (end not included). */
  slice: {
    takes: ['any'],
    infer: ([x], attributes) => {
      const axis = intAttribute(attributes, 'axis')
      assertAxis(x!, axis)
      const [start, end] = [intAttribute(attributes, 'start'), intAttribute(attributes, 'end')]
      if (start < 0 || end > x!.shape[axis]! || start >= end) throw new RangeError(`${start}..${end} of axis ${axis}`)
      return [{ dtype: x!.dtype, shape: x!.shape.map((extent, i) => (i === axis ? end - start : extent)) }]
    },
    onnx: ({ attributes }) => ({
      type: 'Slice',
      extra: [[intAttribute(attributes, 'start')], [intAttribute(attributes, 'end')], [intAttribute(attributes, 'axis')]],
    }),
    gradient: ({ graph, node, gradient }) => {
      const { shape } = node.inputs[0]!
      const axis = intAttribute(node.attributes, 'axis')
      const zerosOf = (extent: number): Value[] =>
        extent === 0
          ? []
          : [
              zeros(
                graph,
                shape.map((whole, i) => (i === axis ? extent : whole)),
              ),
            ]
      const before = zerosOf(intAttribute(node.attributes, 'start'))
      const after = zerosOf(shape[axis]! - intAttribute(node.attributes, 'end'))
      return [graph.apply('concat', [...before, gradient, ...after], { axis })]
    },
  },
  /** Attribute: axis. */
  concat: {
    takes: 'many',
    infer: (inputs, attributes) => {
      const axis = intAttribute(attributes, 'axis')
      const besides = (shape: Shape): Shape => shape.map((extent, i) => (i === axis ? 0 : extent))
      for (const input of inputs) {
        assertAxis(input, axis)
        if (!sameShape(besides(input.shape), besides(inputs[0]!.shape))) {
          throw new RangeError(`[${input.shape.join()}] does not stand beside [${inputs[0]!.shape.join()}] along axis ${axis}`)
        }
      }
      const total = inputs.reduce((sum, input) => sum + input.shape[axis]!, 0)
      return [float(inputs[0]!.shape.map((extent, i) => (i === axis ? total : extent)))]
    },
    onnx: ({ attributes }) => ({ type: 'Concat', attributes: { axis: intAttribute(attributes, 'axis') } }),
    gradient: ({ graph, node, gradient }) => {
      const axis = intAttribute(node.attributes, 'axis')
      let start = 0
      return node.inputs.map((input) => {
        const end = start + input.shape[axis]!
        const part = input.requiresGradient ? graph.apply('slice', [gradient], { axis, start, end }) : null
        start = end
        return part
      })
    },
  },
  /** gather(table [n, ...], indices) -> [...indices, ...]: rows of a table. */
  gather: {
    takes: ['any', 'int64'],
    infer: ([table, indices]) => [{ dtype: table!.dtype, shape: [...indices!.shape, ...table!.shape.slice(1)] }],
    onnx: () => ({ type: 'Gather', attributes: { axis: 0 } }),
    gradient: ({ graph, node, gradient }) => {
      const [table, indices] = node.inputs as [Value, Value]
      const at = graph.apply('reshape', [indices], { shape: [...indices.shape, 1] })
      return [graph.apply('scatterAdd', [zeros(graph, table.shape), at, gradient]), null]
    },
  },
  /** scatterAdd(x, indices [..., 1], rows) -> x with each row added at its index; the adjoint of gather. */
  scatterAdd: {
    takes: [FLOAT, 'int64', FLOAT],
    infer: ([x, indices, rows]) => {
      if (!sameShape(rows!.shape, [...indices!.shape.slice(0, -1), ...x!.shape.slice(1)]) || indices!.shape.at(-1) !== 1) {
        throw new RangeError(
          `indices [${indices!.shape.join()}] and rows [${rows!.shape.join()}] do not fit [${x!.shape.join()}]`,
        )
      }
      return [float(x!.shape)]
    },
    onnx: () => ({ type: 'ScatterND', attributes: { reduction: 'add' } }),
    gradient: ({ graph, node, gradient }) => {
      const indices = node.inputs[1]!
      const rows = graph.apply('reshape', [indices], { shape: indices.shape.slice(0, -1) })
      return [gradient, null, graph.apply('gather', [gradient, rows])]
    },
  },
  /** gatherElements(x [..., n], indices [..., k]) -> [..., k]: picks along the last axis. */
  gatherElements: {
    takes: [FLOAT, 'int64'],
    infer: ([x, indices]) => {
      assertPicks(x!, indices!)
      return [float(indices!.shape)]
    },
    onnx: ({ inputs }) => ({ type: 'GatherElements', attributes: { axis: inputs[0]!.shape.length - 1 } }),
    gradient: ({ graph, node, gradient }) => {
      const [x, indices] = node.inputs as [Value, Value]
      return [graph.apply('scatterElements', [zeros(graph, x.shape), indices, gradient]), null]
    },
  },
  /** scatterElements(x, indices, updates) -> x with each update added along the last axis; the adjoint of gatherElements. */
  scatterElements: {
    takes: [FLOAT, 'int64', FLOAT],
    infer: ([x, indices, updates]) => {
      assertPicks(x!, indices!)
      if (!sameShape(indices!.shape, updates!.shape)) throw new RangeError('indices and updates have different shapes')
      return [float(x!.shape)]
    },
    onnx: ({ inputs }) => ({ type: 'ScatterElements', attributes: { axis: inputs[0]!.shape.length - 1, reduction: 'add' } }),
    gradient: ({ graph, node, gradient }) => [gradient, null, graph.apply('gatherElements', [gradient, node.inputs[1]!])],
  },
} satisfies Partial<Record<OperatorName, Operator>>
