/** Small inputs for every operator: broadcasting and all transpositions where they matter. Tests and the self-test of a device run them. */
import type { Random } from '../../../math/random.ts'
import type { Attributes, Shape } from './graph.ts'
import type { OperatorName } from './ops/operator.ts'

export interface OperatorCase {
  readonly shapes: readonly Shape[]
  readonly attributes?: Attributes
  /** Values of the inputs; default: uniform in ±1. */
  readonly draw?: (random: Random, input: number) => number
  /** Integer inputs: index of the input -> its values. */
  readonly indices?: Readonly<Record<number, readonly number[]>>
  /** Inputs that take no gradient. */
  readonly frozen?: readonly number[]
}

const away = (random: Random): number => (random.next() + 0.5) * (random.next() < 0.5 ? -1 : 1)
const positive = (random: Random): number => random.next() + 0.5
const of = (...shapes: Shape[]): { readonly shapes: readonly Shape[] } => ({ shapes })

const PAIR = of([3, 4], [3, 4])

/** All four transpositions of [m, k] times [k, n], of matrices and of stacks of them. */
function products([m, k, n]: readonly [number, number, number]): OperatorCase[] {
  return [0, 1].flatMap((transA) =>
    [0, 1].flatMap((transB) => {
      const [a, b] = [transA ? [k, m] : [m, k], transB ? [n, k] : [k, n]]
      const attributes = { transA, transB, alpha: 0.5 }
      return [
        { ...of(a, b), attributes },
        { ...of([2, ...a], [2, ...b]), attributes },
      ]
    }),
  )
}

export const OPERATOR_CASES: Readonly<Record<OperatorName, readonly OperatorCase[]>> = {
  add: [PAIR, of([3, 4], [4])],
  sub: [PAIR, of([2, 1, 4], [3, 1])],
  mul: [PAIR, of([3, 1], [2, 3, 4])],
  div: [
    { ...PAIR, draw: away },
    { ...of([3, 4], []), draw: away },
  ],
  max: [PAIR],
  min: [PAIR],
  neg: [of([5])],
  exp: [of([5])],
  log: [{ ...of([5]), draw: positive }],
  sqrt: [{ ...of([5]), draw: positive }],
  sigmoid: [of([5])],
  less: [PAIR],
  lessOrEqual: [PAIR],
  greater: [PAIR],
  greaterOrEqual: [PAIR],
  /** The condition is the first input > 0. */
  where: [
    { ...of([3, 4], [3, 4], [3, 4]), frozen: [0] },
    { ...of([3, 4], [3, 4], []), frozen: [0] },
  ],
  reduceSum: [
    { ...of([2, 3, 4]), attributes: { axes: [1], keepdims: 0 } },
    { ...of([2, 3, 4]), attributes: { axes: [0, 2], keepdims: 1 } },
    { ...of([2, 3]), attributes: { axes: [0, 1], keepdims: 0 } },
  ],
  reduceMax: [{ ...of([3, 4]), frozen: [0] }],
  expand: [
    { ...of([3, 1]), attributes: { shape: [2, 3, 4] } },
    { ...of([]), attributes: { shape: [2, 3] } },
  ],
  reshape: [{ ...of([3, 4]), attributes: { shape: [2, 6] } }],
  transpose: [
    { ...of([2, 3, 4]), attributes: { permutation: [2, 0, 1] } },
    { ...of([2, 2, 3, 2, 4]), attributes: { permutation: [0, 2, 3, 1, 4] } },
  ],
  slice: [
    { ...of([3, 5]), attributes: { axis: 1, start: 1, end: 4 } },
    { ...of([3, 5]), attributes: { axis: 0, start: 0, end: 2 } },
  ],
  concat: [
    { ...of([2, 3], [2, 2]), attributes: { axis: 1 } },
    { ...of([1, 3], [2, 3], [1, 3]), attributes: { axis: 0 } },
  ],
  gather: [{ ...of([4, 3], [5]), indices: { 1: [0, 3, 3, 1, 0] } }],
  scatterAdd: [{ ...of([4, 3], [5, 1], [5, 3]), indices: { 1: [0, 3, 3, 1, 0] } }],
  gatherElements: [{ ...of([3, 4], [3, 2]), indices: { 1: [0, 0, 3, 1, 2, 2] } }],
  scatterElements: [{ ...of([3, 4], [3, 2], [3, 2]), indices: { 1: [0, 0, 3, 1, 2, 2] } }],
  matmul: [...products([3, 4, 5]), { ...of([2, 2, 3, 4], [2, 2, 4, 5]), attributes: { transA: 0, transB: 0, alpha: 1 } }],
  plainMatmul: [{ ...of([2, 2, 3, 4], [2, 2, 4, 5]), frozen: [0, 1] }],
  softmax: [of([3, 4]), of([2, 2, 3, 5])],
  logSoftmax: [of([3, 4])],
  rmsNorm: [{ ...of([3, 8], [8]), attributes: { epsilon: 1e-5 } }],
  rope: [{ ...of([2, 3, 8], [2, 3], [5, 2], [5, 2]), indices: { 1: [0, 2, 4, 1, 3, 0] }, frozen: [2, 3] }],
  /** Of stored weights, which no device is given: test/trainer/engines/onnx/stored-base.test.ts. */
  cast: [],
  bitAnd: [],
  shiftRight: [],
  joinBytes: [],
  repeatByte: [],
  dequantize: [],
  reshapeBy: [],
  /** Twice the first input, whose rule says so. */
  custom: [of([3, 4])],
}

/** Devices choose kernels by size: tiles with and without a rest, rows longer than a workgroup. Too many numbers for finite differences. */
export const LARGE_CASES: Partial<Readonly<Record<OperatorName, readonly OperatorCase[]>>> = {
  reduceSum: [
    { ...of([1030, 67]), attributes: { axes: [0], keepdims: 0 } },
    { ...of([67, 1030]), attributes: { axes: [1], keepdims: 1 } },
  ],
  transpose: [{ ...of([2, 33, 65, 4]), attributes: { permutation: [0, 2, 1, 3] } }],
  matmul: [
    ...products([96, 160, 128]),
    ...products([67, 33, 45]),
    // One row, as in decoding.
    { ...of([1, 160], [160, 96]), attributes: { transA: 0, transB: 0, alpha: 1 } },
  ],
  softmax: [of([67, 1030])],
  logSoftmax: [of([67, 1030])],
  rmsNorm: [{ ...of([67, 320], [320]), attributes: { epsilon: 1e-5 } }],
}
