/** Operators that move, cut, pick and add up elements. */
import { sizeOf, type Graph, type Shape, type Value } from '../graph.ts'
import { float, intAttribute, listAttribute, sameShape, type Operator, type OperatorName } from './operator.ts'

function zeros(graph: Graph, shape: Shape): Value {
  return graph.apply('expand', [graph.scalar(0)], { shape })
}

export const SHAPE = {
  /** Attributes: axes, keepdims (0 or 1). */
  reduceSum: {
    infer: ([x], attributes) => {
      const axes = listAttribute(attributes, 'axes')
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
  /** Broadcasts to attribute `shape`. */
  expand: {
    infer: (_inputs, attributes) => [float(listAttribute(attributes, 'shape'))],
    onnx: ({ attributes }) => ({ type: 'Expand', extra: [listAttribute(attributes, 'shape')] }),
    gradient: ({ graph, node, gradient }) => {
      const shape = node.inputs[0]!.shape
      const lead = gradient.shape.length - shape.length
      const axes = gradient.shape.map((_, axis) => axis).filter((axis) => axis < lead || shape[axis - lead] === 1)
      return [graph.apply('reshape', [graph.apply('reduceSum', [gradient], { axes, keepdims: 1 })], { shape })]
    },
  },
  reshape: {
    infer: ([x], attributes) => {
      const shape = listAttribute(attributes, 'shape')
      if (sizeOf(shape) !== sizeOf(x!.shape))
        throw new RangeError(`reshape: [${x!.shape.join()}] does not fill [${shape.join()}]`)
      return [{ dtype: x!.dtype, shape }]
    },
    onnx: ({ attributes }) => ({ type: 'Reshape', extra: [listAttribute(attributes, 'shape')] }),
    gradient: ({ graph, node, gradient }) => [graph.apply('reshape', [gradient], { shape: node.inputs[0]!.shape })],
  },
  /** Attribute: permutation. */
  transpose: {
    infer: ([x], attributes) => [float(listAttribute(attributes, 'permutation').map((axis) => x!.shape[axis]!))],
    onnx: ({ attributes }) => ({ type: 'Transpose', attributes: { perm: listAttribute(attributes, 'permutation') } }),
    gradient: ({ graph, node, gradient }) => {
      const permutation = listAttribute(node.attributes, 'permutation')
      const inverse = permutation.map((_, axis) => permutation.indexOf(axis))
      return [graph.apply('transpose', [gradient], { permutation: inverse })]
    },
  },
  /** Attributes: axis, start, end (end not included). */
  slice: {
    infer: ([x], attributes) => {
      const axis = intAttribute(attributes, 'axis')
      const [start, end] = [intAttribute(attributes, 'start'), intAttribute(attributes, 'end')]
      if (start < 0 || end > x!.shape[axis]! || start >= end) throw new RangeError(`slice: ${start}..${end} of axis ${axis}`)
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
  concat: {
    infer: (inputs, attributes) => {
      const axis = intAttribute(attributes, 'axis')
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
    infer: ([table, indices]) => [float([...indices!.shape, ...table!.shape.slice(1)])],
    onnx: () => ({ type: 'Gather', attributes: { axis: 0 } }),
    gradient: ({ graph, node, gradient }) => {
      const [table, indices] = node.inputs as [Value, Value]
      const at = graph.apply('reshape', [indices], { shape: [...indices.shape, 1] })
      return [graph.apply('scatterAdd', [zeros(graph, table.shape), at, gradient]), null]
    },
  },
  /** scatterAdd(x, indices [..., 1], rows) -> x with each row added at its index; the adjoint of gather. */
  scatterAdd: {
    infer: ([x]) => [float(x!.shape)],
    onnx: () => ({ type: 'ScatterND', attributes: { reduction: 'add' } }),
    gradient: ({ graph, node, gradient }) => {
      const indices = node.inputs[1]!
      const rows = graph.apply('reshape', [indices], { shape: indices.shape.slice(0, -1) })
      return [gradient, null, graph.apply('gather', [gradient, rows])]
    },
  },
  /** gatherElements(x [..., n], indices [..., k]) -> [..., k]: picks along the last axis. */
  gatherElements: {
    infer: ([x, indices]) => {
      if (!sameShape(x!.shape.slice(0, -1), indices!.shape.slice(0, -1))) throw new RangeError('gatherElements: shapes differ')
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
    infer: ([x]) => [float(x!.shape)],
    onnx: ({ inputs }) => ({ type: 'ScatterElements', attributes: { axis: inputs[0]!.shape.length - 1, reduction: 'add' } }),
    gradient: ({ graph, node, gradient }) => [gradient, null, graph.apply('gatherElements', [gradient, node.inputs[1]!])],
  },
} satisfies Partial<Record<OperatorName, Operator>>
