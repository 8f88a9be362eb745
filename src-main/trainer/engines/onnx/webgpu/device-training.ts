/**
 * Weights, adapter, gradients and optimizer on the graphics device. Nothing but losses and log-probs leaves it while training goes on; what is trained
 * is fetched when somebody asks for arrays (rollouts on the CPU, a checkpoint).
 */
import { Failure } from '#contract/failure'
import type { Objective } from '../../../flow.ts'
import type { EngineSettings, Policy } from '../../engine.ts'
import type { Graph } from '../graph/graph.ts'
import { mergeGraph } from '../merged-weights.ts'
import { buildNormGraph, buildStepGraph, buildSumGraph, PREFIX } from '../model/optimizer-graph.ts'
import { clipFactor, type AdamW } from '../model/optimizer.ts'
import { adapterNames, isValueHead, linearLayers, type Tensors } from '../model/weights.ts'
import { Session, type DeviceTensor, type Feed } from '../session.ts'
import type { ModelState } from '../train-sessions.ts'
import { dispose, Transfers, type DeviceTensors } from './device-tensors.ts'

type LearningRates = Pick<Objective, 'learningRate' | 'valueLearningRate'>

/** What is trained, as it stands on the device. */
interface Trained {
  weights: DeviceTensors
  first: DeviceTensors
  second: DeviceTensors
}

export class DeviceTraining {
  readonly #state: ModelState
  readonly #settings: EngineSettings
  readonly #optimizer: AdamW
  readonly #transfers: Transfers
  readonly #sessions = new Map<string, Promise<Session>>()
  /** Uploaded when first asked for, for good. */
  #base: DeviceTensors | null = null
  /** null: the arrays are newer. */
  #trained: Trained | null = null
  /** Adapted matrices with the adapter in them; null: not yet summed since the last change. */
  #merged: DeviceTensors | null = null
  /** Sums since the last step. */
  #gradients: DeviceTensors = new Map()
  /** Which arrays are as the device has them. */
  readonly #isFetched = { weights: true, moments: true }

  constructor(state: ModelState, settings: EngineSettings, optimizer: AdamW) {
    this.#state = state
    this.#settings = settings
    this.#optimizer = optimizer
    this.#transfers = new Transfers(settings.threads)
  }

  /** Name -> tensor of a policy, and of what is trained beside it. `frozen`: the base as arrays. */
  async weightsOf(policy: Policy, frozen: Tensors): Promise<(name: string) => Feed | undefined> {
    // Where all weights are trained, the base is only what the reference says.
    const needsBase = policy === 'reference' || this.#settings.lora !== null
    if (needsBase) this.#base ??= await this.#transfers.upload(frozen)
    const base: DeviceTensors = this.#base ?? new Map()
    const { weights } = await this.#onDevice()
    if (policy === 'reference') return (name) => base.get(name) ?? weights.get(name)
    const merged = await this.#mergedWith(base, weights)
    return (name) => weights.get(name) ?? merged.get(name) ?? base.get(name)
  }

  /** Adds the gradients of a microbatch, and takes them over. */
  async add(gradients: ReadonlyMap<string, DeviceTensor>): Promise<void> {
    const parts = renamed(gradients, PREFIX.gradient, '')
    if (this.#gradients.size === 0) {
      this.#gradients = parts
      return
    }
    const session = await this.#session('sum of gradients', () => buildSumGraph(this.#shapes()), true)
    const [sums, before] = [this.#gradients, [this.#gradients, parts]]
    const { kept } = await session.runKept((input) =>
      input.startsWith(PREFIX.sum) ? sums.get(input.slice(PREFIX.sum.length))! : gradients.get(input)!,
    )
    before.forEach(dispose)
    this.#gradients = renamed(kept, `next:${PREFIX.sum}`, '')
  }

  /** Forgets the gradients of a minibatch that was stopped. */
  drop(): void {
    dispose(this.#gradients)
  }

  /** One step on the summed gradients. Returns their norm before clipping. Throws Failure training.not-finite. */
  async step(rates: LearningRates): Promise<number> {
    const normSession = await this.#session('norm of gradients', () => buildNormGraph(this.#shapes()), false)
    const gradient = (input: string): DeviceTensor => this.#gradients.get(input.slice(PREFIX.gradient.length))!
    const norm = Math.sqrt((await normSession.run(gradient)).squares![0]!)
    if (!Number.isFinite(norm)) {
      this.drop()
      throw new Failure('training.not-finite', { where: 'the gradient' })
    }
    await this.#advance(norm, rates)
    return norm
  }

  /** Writes what is trained into its arrays. */
  async fetchWeights(): Promise<void> {
    if (this.#isFetched.weights || this.#trained === null) return
    await this.#transfers.download(this.#trained.weights, this.#state.trained)
    this.#isFetched.weights = true
  }

  /** Writes the optimizer's moments into their arrays. */
  async fetchMoments(): Promise<void> {
    if (this.#isFetched.moments || this.#trained === null) return
    await this.#transfers.download(this.#trained.first, this.#moments('first'))
    await this.#transfers.download(this.#trained.second, this.#moments('second'))
    this.#isFetched.moments = true
  }

  /** The arrays were changed from outside. */
  invalidate(): void {
    this.#forgetTrained()
    Object.assign(this.#isFetched, { weights: true, moments: true })
  }

  async release(): Promise<void> {
    this.drop()
    this.#forgetTrained()
    dispose(this.#base)
    for (const session of this.#sessions.values()) await (await session).release()
    this.#sessions.clear()
    await this.#transfers.release()
  }

  async #onDevice(): Promise<Trained> {
    this.#trained ??= {
      weights: await this.#transfers.upload(this.#state.trained),
      first: await this.#transfers.upload(this.#moments('first')),
      second: await this.#transfers.upload(this.#moments('second')),
    }
    return this.#trained
  }

  async #advance(norm: number, rates: LearningRates): Promise<void> {
    const before = await this.#onDevice()
    const { optimizer } = this.#settings
    const session = await this.#session('optimizer', () => buildStepGraph(this.#shapes(), isValueHead, optimizer), true)
    const step = ++this.#optimizer.step
    const scalars: Record<string, number> = {
      rate: rates.learningRate,
      value_rate: rates.valueLearningRate,
      clip: clipFactor(norm, optimizer.maxGradNorm),
      first: 1 / (1 - optimizer.beta1 ** step),
      second: 1 / Math.sqrt(1 - optimizer.beta2 ** step),
    }
    const held = new Map([
      ...prefixed(before.weights, PREFIX.weight),
      ...prefixed(before.first, PREFIX.first),
      ...prefixed(before.second, PREFIX.second),
      ...prefixed(this.#gradients, PREFIX.gradient),
    ])
    const { kept } = await session.runKept((input) => held.get(input) ?? Float32Array.of(scalars[input]!))
    this.drop()
    this.#forgetTrained()
    this.#trained = {
      weights: renamed(kept, `next:${PREFIX.weight}`, ''),
      first: renamed(kept, `next:${PREFIX.first}`, ''),
      second: renamed(kept, `next:${PREFIX.second}`, ''),
    }
    Object.assign(this.#isFetched, { weights: false, moments: false })
  }

  async #mergedWith(base: DeviceTensors, adapter: DeviceTensors): Promise<DeviceTensors> {
    const { lora } = this.#settings
    if (this.#merged !== null || lora === null) return this.#merged ?? new Map()
    this.#merged = new Map()
    for (const { name, inputs, outputs } of linearLayers(this.#state.config)) {
      const { a, b } = adapterNames(name)
      const feeds: Record<string, DeviceTensor> = { base: base.get(`${name}.weight`)!, a: adapter.get(a)!, b: adapter.get(b)! }
      const session = await this.#session(`merge [${outputs} x ${inputs}]`, () => mergeGraph(inputs, outputs, lora), true)
      this.#merged.set(`${name}.weight`, (await session.runKept((input) => feeds[input]!)).kept.get('merged')!)
    }
    return this.#merged
  }

  #moments(which: 'first' | 'second'): Tensors {
    const { trained } = this.#state
    return new Map(
      [...this.#optimizer.moments].map(([name, moments]) => [name, { shape: trained.get(name)!.shape, data: moments[which] }]),
    )
  }

  #shapes(): Map<string, readonly number[]> {
    return new Map([...this.#state.trained].map(([name, { shape }]) => [name, shape]))
  }

  #forgetTrained(): void {
    if (this.#trained !== null) [this.#trained.weights, this.#trained.first, this.#trained.second].forEach(dispose)
    this.#trained = null
    dispose(this.#merged)
    this.#merged = null
  }

  /** `keeps`: its outputs stay on the device. */
  #session(name: string, build: () => Graph, keeps: boolean): Promise<Session> {
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const { threads } = this.#settings
    const session = Session.create(build(), { threads, device: 'webgpu', name, keeps: () => keeps })
    this.#sessions.set(name, session)
    return session
  }
}

/** Those whose names begin with `prefix`, with another one instead. */
function renamed(tensors: ReadonlyMap<string, DeviceTensor>, prefix: string, instead: string): DeviceTensors {
  const chosen = [...tensors].filter(([name]) => name.startsWith(prefix))
  return new Map(chosen.map(([name, tensor]) => [instead + name.slice(prefix.length), tensor]))
}

function prefixed(tensors: DeviceTensors, prefix: string): DeviceTensors {
  return renamed(tensors, '', prefix)
}
