/**
 * Does a device compute what the CPU computes? Every operator with its gradients, then a whole training step. Kernels of a device can be wrong
 * without a word, so a device that was not asked is not used.
 */
import { caseGraphs, largeCaseGraphs, OPERATOR_NAMES } from '../graph/self-test.ts'
import { Graph } from '../graph/graph.ts'
import type { Device } from '../../engine.ts'
import { Session, type TensorData } from '../session.ts'
import { tinyTrainingStep } from './tiny-model.ts'

/** Largest difference that passes, relative to the largest number of its tensor, or to its floor if that is more. */
export const MAX_ERROR = 1e-4

/** For an operator's case, whose numbers are about 1, and for a training step, whose gradients can be small. */
const FLOOR = { operator: 1, step: 0.01 }

export type SelfTest =
  | {
      readonly outcome: 'passed'
      readonly caseCount: number
      readonly worstError: number
      /** Speed of matrix products against one thread of the CPU. */
      readonly speedup: number
    }
  | { readonly outcome: 'differs'; readonly where: string; readonly error: number }

export interface TestedGraph {
  readonly name: string
  readonly graph: Graph
  readonly data: ReadonlyMap<string, TensorData>
  /** Least number that an error is measured against. */
  readonly floor: number
}

/** What is run, in this order. */
export function testedGraphs(): TestedGraph[] {
  const cases = [...OPERATOR_NAMES.flatMap(caseGraphs), ...OPERATOR_NAMES.flatMap(largeCaseGraphs)]
  return [
    ...cases.map((one) => ({ ...one, floor: FLOOR.operator })),
    { name: 'a training step', ...tinyTrainingStep(), floor: FLOOR.step },
  ]
}

/** Ends at the first graph whose numbers differ. Throws what ONNX Runtime throws. */
export async function selfTest(device: Device): Promise<SelfTest> {
  // A session that stays open keeps the device open: opening it takes longer than a case.
  const first = await open(smallest(), device)
  const graphs = testedGraphs()
  let worstError = 0
  for (const tested of graphs) {
    const { error, output } = await difference(tested, device)
    // An infinite error has no form in JSON.
    if (error > MAX_ERROR)
      return { outcome: 'differs', where: `${tested.name}, ${output}`, error: Math.min(error, Number.MAX_VALUE) }
    worstError = Math.max(worstError, error)
  }
  const speedup = await productSpeed(device)
  await first.release()
  return { outcome: 'passed', caseCount: graphs.length, worstError, speedup }
}

/** The least that a device can be asked; what it throws says why there is none. */
export async function openDevice(device: Device): Promise<void> {
  await (await open(smallest(), device)).release()
}

/** The largest error of all outputs, and where it is. NaN on one side only is an infinite error. */
export async function difference(
  { name, graph, data, floor }: TestedGraph,
  device: Device,
): Promise<{ error: number; output: string }> {
  const [expected, found] = [await outputsOf(graph, data, 'cpu', name), await outputsOf(graph, data, device, name)]
  let worst = { error: 0, output: '' }
  for (const [output, numbers] of Object.entries(expected)) {
    const error = relativeError(numbers, found[output]!, floor)
    if (error >= worst.error) worst = { error, output }
  }
  return worst
}

function relativeError(expected: Float32Array, found: Float32Array, floor: number): number {
  let scale = floor
  let worst = 0
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!))
    const apart = Math.abs(expected[i]! - found[i]!)
    worst = Math.max(worst, Number.isNaN(apart) ? Infinity : apart)
  }
  return Number.isFinite(worst) ? worst / scale : Infinity
}

async function outputsOf(
  graph: Graph,
  data: ReadonlyMap<string, TensorData>,
  device: Device,
  name: string,
): Promise<Record<string, Float32Array>> {
  const session = await open({ graph, name }, device)
  const outputs = await session.run((input) => data.get(input)!)
  await session.release()
  return outputs
}

function open({ graph, name }: { graph: Graph; name: string }, device: Device): Promise<Session> {
  return Session.create(graph, { threads: 1, device, name: `${name} of the self-test` })
}

function smallest(): { graph: Graph; name: string } {
  const graph = new Graph()
  graph.output('y', graph.apply('neg', [graph.input('x', [1])]))
  return { graph, name: 'the first graph' }
}

/** Rows of a matrix product; the larger one is only for a device that is done with the smaller one at once. */
const PRODUCT_SIZES = [256, 2048]
const AT_ONCE_MS = 20

/** How many times as fast as one thread of the CPU the device multiplies matrices. */
async function productSpeed(device: Device): Promise<number> {
  let speed = 0
  for (const size of PRODUCT_SIZES) {
    const onDevice = await productTime(size, device)
    speed = (await productTime(size, 'cpu')) / onDevice
    if (onDevice > AT_ONCE_MS) break
  }
  return speed
}

/** Milliseconds of a product, the better of two runs after one that compiles. */
async function productTime(size: number, device: Device): Promise<number> {
  const graph = new Graph()
  const factor = graph.input('factor', [size, size])
  const product = graph.apply('matmul', [factor, factor], { transA: 0, transB: 0, alpha: 1 })
  graph.output('sum', graph.apply('reduceSum', [product], { axes: [0, 1], keepdims: 0 }))
  const session = await open({ graph, name: 'the speed' }, device)
  const data = new Float32Array(size * size).fill(0.5)
  let best = Infinity
  for (let run = 0; run < 3; run++) {
    const start = performance.now()
    await session.run(() => data)
    if (run > 0) best = Math.min(best, performance.now() - start)
  }
  await session.release()
  return best
}
