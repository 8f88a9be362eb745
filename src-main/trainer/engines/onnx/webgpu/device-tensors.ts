/** Named tensors in the memory of the graphics device. They get there, and back, through graphs that change nothing. */
import { Graph, type Shape } from '../graph/graph.ts'
import type { Tensor, Tensors } from '../model/weights.ts'
import { Session, type DeviceTensor } from '../session.ts'

export type DeviceTensors = Map<string, DeviceTensor>

export class Transfers {
  readonly #threads: number
  readonly #sessions = new Map<string, Promise<Session>>()

  constructor(threads: number) {
    this.#threads = threads
  }

  async upload(tensors: Tensors): Promise<DeviceTensors> {
    const result: DeviceTensors = new Map()
    for (const [name, { shape, data }] of tensors) {
      const session = await this.#session('upload', shape)
      result.set(name, (await session.runKept(() => data)).kept.get('y')!)
    }
    return result
  }

  /** Overwrites arrays with what the device holds. */
  async download(from: DeviceTensors, to: ReadonlyMap<string, Tensor>): Promise<void> {
    for (const [name, tensor] of from) {
      const { shape, data } = to.get(name)!
      const session = await this.#session('download', shape)
      data.set((await session.run(() => tensor)).y!)
    }
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release()
    this.#sessions.clear()
  }

  #session(way: 'upload' | 'download', shape: Shape): Promise<Session> {
    const name = `${way} [${shape.join(' x ')}]`
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const graph = new Graph()
    graph.output('y', graph.input('x', shape))
    const session = Session.create(graph, { threads: this.#threads, device: 'webgpu', name, keeps: () => way === 'upload' })
    this.#sessions.set(name, session)
    return session
  }
}

/** Gives the memory back at once; a collector knows nothing of it. */
export function dispose(tensors: DeviceTensors | null): void {
  for (const tensor of tensors?.values() ?? []) tensor.dispose()
  tensors?.clear()
}
