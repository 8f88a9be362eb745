/**
 * Numbers in fewer bits, and what turns them into float32: the frozen base is stored so (model/stored-weights.ts). None has a gradient rule: what is
 * stored so is never trained. None is asked of a device.
 */
import { sizeOf, type DataType, type Value } from '../graph.ts'
import { float, intAttribute, listAttribute, sameShape, type Operator, type OperatorName } from './operator.ts'

/** ONNX's numbers of types. */
export const ELEMENT_TYPE: Readonly<Record<DataType, number>> = { float32: 1, uint8: 2, int64: 7, bool: 9, float16: 10 }

const TYPES = Object.keys(ELEMENT_TYPE) as DataType[]

/** bytes and a single byte for all of them */
function bytewise(type: string, attributes: Readonly<Record<string, string>> = {}): Operator {
  return {
    takes: ['uint8', 'uint8'],
    infer: ([bytes, one]) => {
      if (sizeOf(one!.shape) !== 1) throw new RangeError(`[${one!.shape.join()}] is more than one byte`)
      return [{ dtype: 'uint8', shape: bytes!.shape }]
    },
    onnx: () => ({ type, attributes }),
  }
}

/** How many pieces lie before the last axis. */
function rowsOf({ shape }: Value): number {
  return sizeOf(shape.slice(0, -1))
}

export const STORED = {
  /** The numbers in another type; attribute `to`, the place of the type in ELEMENT_TYPE. */
  cast: {
    takes: ['any'],
    infer: ([x], attributes) => {
      const to = TYPES.find((type) => ELEMENT_TYPE[type] === intAttribute(attributes, 'to'))
      if (to === undefined) throw new RangeError(`there is no type ${intAttribute(attributes, 'to')}`)
      return [{ dtype: to, shape: x!.shape }]
    },
    onnx: ({ attributes }) => ({ type: 'Cast', attributes: { to: intAttribute(attributes, 'to') } }),
  },
  /** bitAnd(bytes, byte) */
  bitAnd: bytewise('BitwiseAnd'),
  /** shiftRight(bytes, byte): bits move to the lower end. */
  shiftRight: bytewise('BitShift', { direction: 'RIGHT' }),
  /** joinBytes(a [..., n], b [..., m]) -> [..., n + m] */
  joinBytes: {
    takes: ['uint8', 'uint8'],
    infer: ([a, b]) => {
      if (!sameShape(a!.shape.slice(0, -1), b!.shape.slice(0, -1))) {
        throw new RangeError(`[${b!.shape.join()}] does not stand beside [${a!.shape.join()}]`)
      }
      return [{ dtype: 'uint8', shape: [...a!.shape.slice(0, -1), a!.shape.at(-1)! + b!.shape.at(-1)!] }]
    },
    onnx: () => ({ type: 'Concat', attributes: { axis: -1 } }),
  },
  /** A byte as often as attribute `shape` says. */
  repeatByte: {
    takes: ['uint8'],
    infer: ([byte], attributes) => {
      if (sizeOf(byte!.shape) !== 1) throw new RangeError(`[${byte!.shape.join()}] is more than one byte`)
      return [{ dtype: 'uint8', shape: listAttribute(attributes, 'shape') }]
    },
    onnx: ({ attributes }) => ({ type: 'Expand', extra: [listAttribute(attributes, 'shape')] }),
  },
  /** dequantize(levels [rows, n], scales [rows], zeros [rows]) -> scale · (level - zero), [rows, n] */
  dequantize: {
    takes: ['uint8', 'float32', 'uint8'],
    infer: ([levels, scales, zeros]) => {
      const rows = [rowsOf(levels!)]
      if (levels!.shape.length !== 2 || !sameShape(scales!.shape, rows) || !sameShape(zeros!.shape, rows)) {
        throw new RangeError(
          `levels [${levels!.shape.join()}], scales [${scales!.shape.join()}] and zeros [${zeros!.shape.join()}] do not fit`,
        )
      }
      return [float(levels!.shape)]
    },
    onnx: () => ({ type: 'DequantizeLinear', attributes: { axis: 0 } }),
  },
  /** reshapeBy(x, shape): the shape comes as numbers of the run, which are to be those of attribute `shape`. Shares the buffer of x. */
  reshapeBy: {
    takes: ['any', 'int64'],
    infer: ([x, extents], attributes) => {
      const shape = listAttribute(attributes, 'shape')
      if (sizeOf(shape) !== sizeOf(x!.shape) || !sameShape(extents!.shape, [shape.length])) {
        throw new RangeError(`[${x!.shape.join()}] does not fill [${shape.join()}]`)
      }
      return [{ dtype: x!.dtype, shape }]
    },
    onnx: () => ({ type: 'Reshape' }),
  },
} satisfies Partial<Record<OperatorName, Operator>>
