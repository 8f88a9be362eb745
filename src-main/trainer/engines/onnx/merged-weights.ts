/**
 * The policy's weights where an adapter is trained: each adapted matrix as W + alpha / rank · B A, summed once after each change of the adapter. What is
 * sampled from and what is trained are then the same numbers, and neither pays for the adapter token by token.
 */
import { Graph } from './graph/graph.ts'
import type { ModelConfig } from './model/config.ts'
import { adapterNames, linearLayers, type Tensors } from './model/weights.ts'
import { Session } from './session.ts'

export class MergedWeights {
  readonly #config: ModelConfig
  readonly #base: Tensors
  readonly #adapter: Tensors
  readonly #lora: { readonly rank: number; readonly alpha: number }
  readonly #threads: number
  readonly #allocate: (size: number) => Float32Array
  readonly #sessions = new Map<string, Promise<Session>>()
  /** Shares what is not adapted; null before the first use. */
  #merged: Tensors | null = null
  #isStale = true

  constructor(
    config: ModelConfig,
    base: Tensors,
    adapter: Tensors,
    settings: {
      readonly lora: { readonly rank: number; readonly alpha: number }
      readonly threads: number
      /** [size] zeros, where the merged matrices are to lie. */
      readonly allocate: (size: number) => Float32Array
    },
  ) {
    this.#config = config
    this.#base = base
    this.#adapter = adapter
    this.#lora = settings.lora
    this.#threads = settings.threads
    this.#allocate = settings.allocate
  }

  /** The adapter was changed. */
  invalidate(): void {
    this.#isStale = true
  }

  /** Arrays that stay where they are from call to call. An adapter that adds nothing yet costs no second copy. */
  async current(): Promise<Tensors> {
    if (!this.#isStale) return this.#merged ?? this.#base
    if (this.#merged === null && this.#isZero()) return this.#base
    this.#merged ??= this.#copies()
    for (const layer of linearLayers(this.#config)) await this.#sum(layer, this.#merged)
    this.#isStale = false
    return this.#merged
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release()
    this.#sessions.clear()
  }

  #isZero(): boolean {
    return linearLayers(this.#config).every(({ name }) =>
      this.#adapter.get(adapterNames(name).b)!.data.every((value) => value === 0),
    )
  }

  #copies(): Tensors {
    const adapted = linearLayers(this.#config).map(({ name, inputs, outputs }) => {
      const tensor = { shape: [outputs, inputs], data: this.#allocate(outputs * inputs) }
      return [`${name}.weight`, tensor] as const
    })
    return new Map([...this.#base, ...adapted])
  }

  async #sum(layer: { name: string; inputs: number; outputs: number }, merged: Tensors): Promise<void> {
    const names = adapterNames(layer.name)
    const feeds: Record<string, Float32Array> = {
      base: this.#base.get(`${layer.name}.weight`)!.data,
      a: this.#adapter.get(names.a)!.data,
      b: this.#adapter.get(names.b)!.data,
    }
    const session = await this.#session(layer)
    await session.runInto((name) => feeds[name]!, { merged: merged.get(`${layer.name}.weight`)!.data })
  }

  /** One for each shape of a matrix. */
  #session({ inputs, outputs }: { inputs: number; outputs: number }): Promise<Session> {
    const name = `merge [${outputs} x ${inputs}]`
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const session = Session.create(mergeGraph(inputs, outputs, this.#lora), { threads: this.#threads, name })
    this.#sessions.set(name, session)
    return session
  }
}

/** base [outputs, inputs], a [rank, inputs], b [outputs, rank] -> `merged`, base + alpha / rank · b a. */
export function mergeGraph(inputs: number, outputs: number, { rank, alpha }: { rank: number; alpha: number }): Graph {
  const graph = new Graph()
  const base = graph.input('base', [outputs, inputs])
  const [a, b] = [graph.input('a', [rank, inputs]), graph.input('b', [outputs, rank])]
  const product = graph.apply('matmul', [b, a], { transA: 0, transB: 0, alpha: alpha / rank })
  graph.output('merged', graph.apply('add', [base, product]))
  return graph
}
