/**
 * One microbatch as a graph: forward, objective and gradients in a single run. Sequences are padded at the right to [batch, length], or their common
 * prompts are read once (shared-prompts.ts); completion tokens of all sequences are picked into one flat list, so that no logits of prompts or padding are made.
 */
import { detached, gradients } from '../graph/autodiff.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { causalAttention } from './attention.ts'
import type { ModelConfig } from './config.ts'
import { linear } from './linear.ts'
import {
  declareModel,
  hiddenStates,
  MERGED,
  type AdapterOptions,
  type Attention,
  type BaseForm,
  type ModelInputs,
  reshape,
} from './llama.ts'
import type { BaseStorage } from '../../engine.ts'
import { sharedPromptAttention } from './shared-prompts.ts'
import { targetLogprobs, trainedNextTokens } from './next-token.ts'
import { policyLoss, supervisedLoss, type LossOptions, type Outputs } from './loss.ts'

/** batch: rows · length: padded tokens of each · picked: completion tokens, padded. */
export interface Extent {
  readonly batch: number
  readonly length: number
  readonly picked: number
  /** Prompts that stand before the rows and are read once for all rows that go on from them; null: a row is a whole sequence. */
  readonly shared: { readonly prompts: number; readonly length: number } | null
}

/** Tokens of a run, padding included. */
export function tokensOf({ batch, length, shared }: Extent): number {
  return (shared === null ? 0 : shared.prompts * shared.length) + batch * length
}

export interface TrainGraphOptions {
  /** null trains all weights. */
  readonly adapter: AdapterOptions | null
  readonly hasValueHead: boolean
  readonly objective: 'policy' | 'supervised'
  readonly hasEntropyBonus: boolean
  readonly loss?: LossOptions
  /** Less memory for a second forward pass; false when left out. */
  readonly isCheckpointed?: boolean
  /** Of the base; float32 when left out. */
  readonly storage?: BaseStorage
}

export const GRADIENT_PREFIX = 'gradient:'

/** What picked tokens are given by the weights that are fed: `logprobs` or `values`, [picked]. */
export function buildForwardGraph(
  config: ModelConfig,
  extent: Extent,
  output: 'logprobs' | 'values',
  { storage, beside }: BaseForm = MERGED,
): Graph {
  const graph = new Graph()
  const model = declareModel(graph, config, { adapter: beside, isTrained: false, hasValueHead: output === 'values', storage })
  const picked = pickedStates(graph, model, extent)
  const value =
    output === 'values' ? valuesOf(graph, model, picked.states) : targetLogprobs(graph, model, picked.tempered(), picked.targets)
  graph.output(output, value)
  return graph
}

/** Forward, loss and gradients of all trained tensors, as outputs `gradient:<name>`; beside them `logprobs`, `entropies` and `values`, [picked]. */
export function buildTrainGraph(config: ModelConfig, extent: Extent, options: TrainGraphOptions): Graph {
  const { adapter, hasValueHead, objective, hasEntropyBonus, isCheckpointed = false, storage = 'float32' } = options
  const graph = new Graph()
  const model = declareModel(graph, config, { adapter, hasValueHead, isTrained: true, isCheckpointed, storage })
  const { states, tempered, targets } = pickedStates(graph, model, extent)
  const outputs: Outputs = {
    ...trainedNextTokens(graph, model, tempered(), targets, hasEntropyBonus),
    values: hasValueHead ? valuesOf(graph, model, states) : null,
  }
  const loss =
    objective === 'policy'
      ? policyLoss(graph, outputs, extent.picked, hasEntropyBonus, options.loss)
      : supervisedLoss(graph, outputs, extent.picked)
  graph.output('logprobs', outputs.logprobs)
  graph.output('entropies', outputs.entropies)
  if (outputs.values !== null) graph.output('values', outputs.values)
  graph.output('loss', loss)
  const trained = graph.inputs.filter((input) => input.requiresGradient)
  gradients(graph, loss, trained).forEach((gradient, i) => graph.output(GRADIENT_PREFIX + trained[i]!.name, gradient))
  return graph
}

interface PickedStates {
  /** [picked, d]: where the model stands when it says a completion token. */
  readonly states: Value
  readonly targets: Value
  /** The states divided by the temperature: the logits are linear in them, and they are the smaller matrix. */
  tempered(): Value
}

function pickedStates(graph: Graph, model: ModelInputs, extent: Extent): PickedStates {
  const { picked } = extent
  const tokens = graph.input('tokens', [tokensOf(extent)], { dtype: 'int64' })
  // The place before the completion token, among the tokens.
  const places = graph.input('places', [picked], { dtype: 'int64' })
  const targets = graph.input('targets', [picked, 1], { dtype: 'int64' })
  const inverseTemperature = graph.input('inverse_temperature', [])
  const hidden = hiddenStates(graph, model, tokens, attentionOf(graph, model, extent))
  const states = graph.apply('gather', [hidden, places])
  return { states, targets, tempered: () => graph.apply('mul', [states, inverseTemperature]) }
}

function attentionOf(graph: Graph, { config }: ModelInputs, { batch, length, shared }: Extent): Attention {
  if (shared === null) return causalAttention(graph, config, { batch, length })
  return sharedPromptAttention(graph, config, { rows: batch, length, prompts: shared.prompts, promptLength: shared.length })
}

/** The value head reads the hidden state but does not shape it: on small models a shared gradient hurts the policy. */
function valuesOf(graph: Graph, model: ModelInputs, states: Value): Value {
  return reshape(graph, linear(graph, model, detached(graph, states), 'value_head'), [states.shape[0]!])
}
