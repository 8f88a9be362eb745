/** Matrix products and the fused operators of a transformer. */
import type { Attributes, Graph, Shape, Value } from '../graph.ts'
import { FLOAT, float, intAttribute, sameShape, sumToShape, type Operator, type OperatorName } from './operator.ts'

/** Extents of the last two axes after an optional transposition. */
function matrixOf(shape: Shape, isTransposed: boolean): readonly [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number]
  return isTransposed ? [columns, rows] : [rows, columns]
}

function product(graph: Graph, a: Value, b: Value, transA: number, transB: number, alpha: number): Value {
  return graph.apply('matmul', [a, b], { transA, transB, alpha })
}

const matmul: Operator = {
  takes: [FLOAT, FLOAT],
  infer: ([a, b], attributes) => {
    const [m, k] = matrixOf(a!.shape, intAttribute(attributes, 'transA') === 1)
    const [k2, n] = matrixOf(b!.shape, intAttribute(attributes, 'transB') === 1)
    intAttribute(attributes, 'alpha')
    const isMatrix = a!.shape.length >= 2 && b!.shape.length >= 2
    if (!isMatrix || k !== k2 || !sameShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2))) {
      throw new RangeError(`[${a!.shape.join()}] and [${b!.shape.join()}] do not fit`)
    }
    return [float([...a!.shape.slice(0, -2), m, n])]
  },
  onnx: ({ inputs, attributes }) => {
    const common = { transA: attributes.transA!, transB: attributes.transB!, alpha: attributes.alpha! }
    return inputs[0]!.shape.length === 2
      ? { type: 'Gemm', attributes: common, floats: ['alpha'] }
      : { type: 'FusedMatMul', domain: 'com.microsoft', attributes: common, floats: ['alpha'] }
  },
  webgpu: webgpuProduct,
  gradient: ({ graph, node, gradient }) => {
    const [a, b] = node.inputs as [Value, Value]
    const transA = intAttribute(node.attributes, 'transA')
    const transB = intAttribute(node.attributes, 'transB')
    const alpha = intAttribute(node.attributes, 'alpha')
    const toA = (): Value =>
      transA === 0 ? product(graph, gradient, b, 0, 1 - transB, alpha) : product(graph, b, gradient, transB, 1, alpha)
    const toB = (): Value =>
      transB === 0 ? product(graph, a, gradient, 1 - transA, 0, alpha) : product(graph, gradient, a, 1, transA, alpha)
    return [a.requiresGradient ? toA() : null, b.requiresGradient ? toB() : null]
  },
}

/** Swaps the last two axes. */
function turned(graph: Graph, x: Value): Value {
  const axes = x.shape.map((_, axis) => axis)
  return graph.apply('transpose', [x], { permutation: [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!] })
}

/** A stack of products with FusedMatMul falls back to the CPU. */
function webgpuProduct(graph: Graph, [a, b]: readonly Value[], attributes: Attributes): readonly Value[] {
  if (a!.shape.length === 2) return [graph.apply('matmul', [a!, b!], attributes)]
  const left = attributes.transA === 1 ? turned(graph, a!) : a!
  const right = attributes.transB === 1 ? turned(graph, b!) : b!
  const whole = graph.apply('plainMatmul', [left, right])
  return [attributes.alpha === 1 ? whole : graph.apply('mul', [whole, graph.scalar(intAttribute(attributes, 'alpha'))])]
}

/** LogSoftmax falls back to the CPU: x - max - log Σ exp(x - max). */
function webgpuLogSoftmax(graph: Graph, [x]: readonly Value[]): readonly Value[] {
  const steady = graph.apply('sub', [x!, graph.apply('reduceMax', [x!])])
  const total = graph.apply('reduceSum', [graph.apply('exp', [steady])], { axes: [x!.shape.length - 1], keepdims: 1 })
  return [graph.apply('sub', [steady, graph.apply('log', [total])])]
}

/** SimplifiedLayerNormalization leaves its second output unwritten, without a word. */
function webgpuRmsNorm(graph: Graph, [x, weight]: readonly Value[], attributes: Attributes): readonly Value[] {
  const last = x!.shape.length - 1
  const squares = graph.apply('reduceSum', [graph.apply('mul', [x!, x!])], { axes: [last], keepdims: 1 })
  const mean = graph.apply('mul', [squares, graph.scalar(1 / x!.shape[last]!)])
  const rms = graph.apply('sqrt', [graph.apply('add', [mean, graph.scalar(intAttribute(attributes, 'epsilon'))])])
  const inverse = graph.apply('div', [graph.scalar(1), rms])
  return [graph.apply('mul', [graph.apply('mul', [x!, inverse]), weight!]), inverse]
}

export const LINEAR = {
  /** alpha · op(a) op(b) over the last two axes; attributes transA, transB (0 or 1), alpha. Leading axes are equal. */
  matmul,
  /** a b over the last two axes, nothing else; leading axes are equal. What `matmul` comes to where it has no form of its own. */
  plainMatmul: {
    takes: [FLOAT, FLOAT],
    infer: (inputs) => matmul.infer(inputs, { transA: 0, transB: 0, alpha: 1 }),
    onnx: () => ({ type: 'MatMul' }),
  },
  softmax: {
    takes: [FLOAT],
    infer: ([x]) => [float(x!.shape)],
    onnx: () => ({ type: 'Softmax', attributes: { axis: -1 } }),
    // dx = y (g - Σ g y)
    gradient: ({ graph, node, gradient }) => {
      const y = node.outputs[0]!
      const weighted = graph.apply('mul', [gradient, y])
      const total = graph.apply('reduceSum', [weighted], { axes: [y.shape.length - 1], keepdims: 1 })
      return [graph.apply('sub', [weighted, graph.apply('mul', [y, total])])]
    },
  },
  logSoftmax: {
    takes: [FLOAT],
    infer: ([x]) => [float(x!.shape)],
    onnx: () => ({ type: 'LogSoftmax', attributes: { axis: -1 } }),
    webgpu: webgpuLogSoftmax,
    // dx = g - exp(y) Σ g
    gradient: ({ graph, node, gradient }) => {
      const y = node.outputs[0]!
      const total = graph.apply('reduceSum', [gradient], { axes: [y.shape.length - 1], keepdims: 1 })
      return [graph.apply('sub', [gradient, graph.apply('mul', [graph.apply('exp', [y]), total])])]
    },
  },
  /** rmsNorm(x [..., d], weight [d]) -> x / rms(x) · weight, and 1 / rms(x) [..., 1]. Attribute: epsilon. */
  rmsNorm: {
    takes: [FLOAT, FLOAT],
    infer: ([x, weight], attributes) => {
      intAttribute(attributes, 'epsilon')
      if (!sameShape(x!.shape.slice(-1), weight!.shape)) {
        throw new RangeError(`[${x!.shape.join()}] and the weight [${weight!.shape.join()}] do not fit`)
      }
      return [float(x!.shape), float([...x!.shape.slice(0, -1), 1])]
    },
    onnx: ({ attributes }) => ({
      type: 'SimplifiedLayerNormalization',
      attributes: { axis: -1, epsilon: attributes.epsilon!, stash_type: 1 },
      floats: ['epsilon'],
    }),
    webgpu: webgpuRmsNorm,
    // With n = x · inv: dx = inv (g w - n mean(g w n)), dw = Σ g n
    gradient: ({ graph, node, gradient }) => {
      const [x, weight] = node.inputs as [Value, Value]
      const inverse = node.outputs[1]!
      const last = x.shape.length - 1
      const normal = graph.apply('mul', [x, inverse])
      const scaled = graph.apply('mul', [gradient, weight])
      const along = graph.apply('reduceSum', [graph.apply('mul', [scaled, normal])], { axes: [last], keepdims: 1 })
      const mean = graph.apply('mul', [along, graph.scalar(1 / x.shape[last]!)])
      const toX = (): Value => graph.apply('mul', [inverse, graph.apply('sub', [scaled, graph.apply('mul', [normal, mean])])])
      return [
        x.requiresGradient ? toX() : null,
        weight.requiresGradient ? sumToShape(graph, graph.apply('mul', [gradient, normal]), weight.shape) : null,
      ]
    },
  },
  /**
   * rope(x [batch, tokens, heads·size], positions [batch, tokens], cos [max, size/2], sin [max, size/2]): rotary position embedding,
   * halves convention of Llama. Its inverse is itself with -sin.
   */
  rope: {
    takes: [FLOAT, 'int64', FLOAT, FLOAT],
    infer: ([x, positions, cos, sin]) => {
      const [batch, tokens, width] = x!.shape
      const size = 2 * (cos!.shape[1] ?? 0)
      const fits = sameShape(positions!.shape, [batch!, tokens!]) && sameShape(cos!.shape, sin!.shape) && width! % size === 0
      if (x!.shape.length !== 3 || !fits) {
        throw new RangeError(
          `[${x!.shape.join()}], positions [${positions!.shape.join()}] and tables [${cos!.shape.join()}] do not fit`,
        )
      }
      return [float(x!.shape)]
    },
    onnx: () => ({ type: 'RotaryEmbedding', domain: 'com.microsoft', attributes: { interleaved: 0 } }),
    gradient: ({ graph, node, gradient }) => {
      const [, positions, cos, sin] = node.inputs as [Value, Value, Value, Value]
      return [graph.apply('rope', [gradient, positions, cos, graph.apply('neg', [sin])]), null, null, null]
    },
  },
  /** custom(value, ...sources) -> value; see Graph.custom. */
  custom: {
    takes: 'many',
    infer: ([value]) => [float(value!.shape)],
    onnx: () => ({ type: 'Identity', inputCount: 1 }),
    webgpu: (_graph, [value]) => [value!],
    gradient: (context) => {
      const { rule, inputs } = context.node
      if (rule === undefined) throw new Error('a custom node has no rule')
      const parts = rule(context)
      if (parts.length !== inputs.length - 1)
        throw new Error(`a custom rule gave ${parts.length} gradients for ${inputs.length - 1} sources`)
      return [null, ...parts]
    },
  },
} satisfies Partial<Record<OperatorName, Operator>>
