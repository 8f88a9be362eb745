/** Graphs over whole sequences, by what they are built from; each is built and compiled when it is first run, and again where it had to make room. */
import type { Device } from '../../engine.ts'
import type { Graph } from '../graph/graph.ts'
import type { ModelConfig } from '../model/config.ts'
import { MERGED, type BaseForm } from '../model/llama.ts'
import { buildForwardGraph, buildTrainGraph, GRADIENT_PREFIX, type Extent, type TrainGraphOptions } from '../model/train-graph.ts'
import { KEPT_BYTES, KeptSessions } from '../kept-sessions.ts'
import { Session, type DeviceTensor, type Feed } from '../session.ts'

export type GraphKey =
  | { readonly kind: 'logprobs' | 'values'; readonly extent: Extent }
  | { readonly kind: 'train'; readonly extent: Extent; readonly options: TrainGraphOptions }

export interface GraphPlace {
  readonly threads: number
  /** Default: the CPU. On a device, gradients stay there. */
  readonly device?: Device
  /** Of what forward graphs are fed with; merged when left out. */
  readonly form?: BaseForm
}

export class CompiledGraphs {
  readonly #config: ModelConfig
  readonly #place: GraphPlace
  readonly #sessions = new KeptSessions(KEPT_BYTES.lane)

  constructor(config: ModelConfig, place: GraphPlace) {
    this.#config = config
    this.#place = place
  }

  /** Runs a graph. `feed` is asked for each of its inputs. */
  async run(
    key: GraphKey,
    feed: (name: string) => Feed | undefined,
  ): Promise<{ arrays: Record<string, Float32Array>; kept: Map<string, DeviceTensor> }> {
    const session = await this.#session(key)
    return session.runKept((name) => {
      const data = feed(name)
      if (data === undefined) throw new Error(`the graph asks for ${name}, which nothing feeds`)
      return data
    })
  }

  async release(): Promise<void> {
    await this.#sessions.release()
  }

  #session(key: GraphKey): Promise<Session> {
    const name = graphName(key)
    const keeps = (output: string): boolean => output.startsWith(GRADIENT_PREFIX)
    const { form = MERGED, ...place } = this.#place
    return this.#sessions.get(name, () => Session.create(build(this.#config, key, form), { ...place, name, keeps }))
  }
}

/** One of a kind among the graphs of a run, whose model and adapter stay what they are. */
export function graphName(key: GraphKey): string {
  const { batch, length, picked, shared } = key.extent
  const prompts = shared === null ? '' : `${shared.prompts} x ${shared.length} + `
  return `${kindOf(key)} [${prompts}${batch} x ${length}, ${picked} tokens]`
}

function kindOf(key: GraphKey): string {
  if (key.kind !== 'train') return key.kind
  const { objective, hasEntropyBonus, loss } = key.options
  const options = [hasEntropyBonus && 'entropy', loss?.klEstimator, loss?.isCapped && 'capped']
  return ['train', objective, ...options.filter(Boolean)].join('-')
}

function build(config: ModelConfig, key: GraphKey, form: BaseForm): Graph {
  return key.kind === 'train'
    ? buildTrainGraph(config, key.extent, key.options)
    : buildForwardGraph(config, key.extent, key.kind, form)
}
