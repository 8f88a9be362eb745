/** ONNX Runtime sessions over our graphs: options that were measured, typed feeds, errors that name the graph. */
import * as ort from 'onnxruntime-node'
import { Failure } from '#contract/failure'
import type { Device } from '../engine.ts'
import type { Graph, Value } from './graph/graph.ts'
import { lowerFor } from './graph/lowering.ts'
import { serialize, usedInputs } from './graph/serialize.ts'
import { enterPlace } from './place.ts'

/** A Uint16Array holds the bits of halves. */
export type TensorData = Float32Array | BigInt64Array | Uint8Array | Uint16Array

/** A tensor in the memory of a graphics device. Reading its data would end the process: it goes through a graph that answers with arrays. */
export type DeviceTensor = ort.Tensor

/** What an input is fed with. Arrays are copied to the device, for each run, when the graph runs on one. */
export type Feed = TensorData | DeviceTensor

export interface SessionOptions {
  readonly threads: number
  /** Named in failures. */
  readonly name: string
  /** Default: the CPU. */
  readonly device?: Device
  /** Outputs that stay on the device; none when left out. They come from `runKept`. */
  readonly keeps?: (output: string) => boolean
}

/** Of a serialized graph: train graphs of the starter model, 175 KB, hold 6 MB each. */
const RESIDENT_PER_BYTE = 35

/** What a graph of so many serialized bytes holds while it does not run, as far as can be said without asking. */
export function residentBytesOf(serializedBytes: number): number {
  return serializedBytes * RESIDENT_PER_BYTE
}

/** A compiled graph. Feeds are used in place, without a copy, on the CPU; results are fresh arrays. */
export class Session {
  readonly name: string
  /** See residentBytesOf. */
  readonly residentBytes: number
  readonly #session: ort.InferenceSession
  readonly #inputs: readonly Value[]
  readonly #outputs: ReadonlyMap<string, Value>

  private constructor(name: string, session: ort.InferenceSession, graph: Graph, serializedBytes: number) {
    const kept = new Set(usedInputs(graph))
    this.name = name
    this.residentBytes = residentBytesOf(serializedBytes)
    this.#session = session
    this.#inputs = graph.inputs.filter((input) => kept.has(input.name))
    this.#outputs = new Map(graph.outputs.map(({ name: output, value }) => [output, value]))
  }

  static async create(graph: Graph, options: SessionOptions): Promise<Session> {
    enterPlace(`compiling ${options.name}`)
    const { device = 'cpu', keeps } = options
    const bytes = serialize(lowerFor(device, graph))
    const kept = graph.outputs.filter(({ name }) => device !== 'cpu' && keeps?.(name))
    // enableMemPattern reserves a second copy of the activation plan: half the memory and the same speed without it.
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: [device],
      ...(kept.length > 0 && {
        preferredOutputLocation: Object.fromEntries(kept.map(({ name }) => [name, 'gpu-buffer' as const])),
      }),
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      enableMemPattern: false,
      // With arenas each session keeps its largest plan for ever: 2.0 GB after eight GRPO steps and growing, against 0.8 GB, at the same speed.
      enableCpuMemArena: false,
      graphOptimizationLevel: 'basic',
      logSeverityLevel: 3,
    })
    return new Session(options.name, session, graph, bytes.length)
  }

  /** Runs the graph. `feed` is asked for each input that the graph uses. */
  async run(feed: (name: string) => Feed): Promise<Record<string, Float32Array>> {
    return (await this.runKept(feed)).arrays
  }

  /** Runs the graph; what `keeps` names comes as tensors on the device, which the caller disposes of. */
  async runKept(
    feed: (name: string) => Feed,
  ): Promise<{ arrays: Record<string, Float32Array>; kept: Map<string, DeviceTensor> }> {
    return this.#guarded(async () => {
      const results = Object.entries(await this.#session.run(this.#feeds(feed)))
      const isKept = (tensor: ort.Tensor): boolean => tensor.location === 'gpu-buffer'
      return {
        arrays: Object.fromEntries(
          results.flatMap(([name, tensor]) => (isKept(tensor) ? [] : [[name, tensor.data as Float32Array]])),
        ),
        kept: new Map(results.filter(([, tensor]) => isKept(tensor))),
      }
    })
  }

  /**
   * Runs the graph and writes outputs into arrays that are there already. ONNX Runtime fills the tensors that it is handed as targets (and makes
   * copies beside them, which are dropped); its documentation does not promise it, a test does.
   */
  async runInto(feed: (name: string) => Feed, targets: Readonly<Record<string, Float32Array>>): Promise<void> {
    return this.#guarded(async () => {
      const fetches = Object.entries(targets).map(([name, data]) => [name, tensorOf(this.#outputs.get(name)!, data)] as const)
      await this.#session.run(this.#feeds(feed), Object.fromEntries(fetches))
    })
  }

  #feeds(feed: (name: string) => Feed): Record<string, ort.Tensor> {
    return Object.fromEntries(this.#inputs.map((input) => [input.name, tensorOf(input, feed(input.name))]))
  }

  async #guarded<T>(run: () => Promise<T>): Promise<T> {
    enterPlace(this.name)
    try {
      return await run()
    } catch (error) {
      throw asFailure(error, this.name)
    }
  }

  async release(): Promise<void> {
    await this.#session.release()
  }
}

function tensorOf({ dtype, shape }: Value, data: Feed): ort.Tensor {
  if (data instanceof ort.Tensor) return data
  const tensor = new ort.Tensor(dtype, data as never, shape)
  // onnxruntime-common shows the bits as a Float16Array where there is one, which onnxruntime-node reads as empty: it takes the bits.
  if (dtype === 'float16') (tensor as unknown as { cpuData: unknown }).cpuData = data
  return tensor
}

function asFailure(error: unknown, where: string): unknown {
  const message = error instanceof Error ? error.message : String(error)
  return /bad_alloc|failed to allocate|out of memory/i.test(message)
    ? new Failure('memory.exhausted', { where }, { cause: error })
    : new Error(`${where}: ${message}`, { cause: error })
}
