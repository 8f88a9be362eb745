/** A training graph of the tiny model with everything that it is fed: one supervised microbatch. */
import type { Graph } from '#trainer/engines/onnx/graph/graph'
import { DropoutMasks, maskDropout } from '#trainer/engines/onnx/dropout-masks'
import { Microbatch } from '#trainer/engines/onnx/microbatch'
import { planMicrobatches } from '#trainer/engines/onnx/microbatch-plan'
import { objectiveInputs } from '#trainer/engines/onnx/objective-inputs'
import { buildTrainGraph, type Extent, type TrainGraphOptions } from '#trainer/engines/onnx/model/train-graph'
import type { ModelState } from '#trainer/engines/onnx/train-sessions'
import type { TensorData } from '#trainer/engines/onnx/session'
import type { Objective, TrainingSequence } from '#trainer/flow'
import { flattenTokens } from '#trainer/math/objective'
import { createRandom } from '#trainer/math/random'

export const SUPERVISED: Objective = { kind: 'supervised', learningRate: 0.01, valueLearningRate: 0 }

/** Six sequences of 5 to 19 tokens out of 24. */
export function supervisedSequences(): TrainingSequence[] {
  const random = createRandom(11)
  const draw = (length: number): number[] => Array.from({ length }, () => random.below(24))
  return [3, 7, 12, 5, 9, 4].map((length, i) => ({
    promptTokens: draw(2 + i),
    completionTokens: draw(length),
    oldLogprobs: new Float32Array(length),
    refLogprobs: null,
    advantages: new Float32Array(length),
    returns: null,
    oldValues: null,
    weight: 1,
  }))
}

export interface TinyTraining {
  readonly graph: Graph
  readonly feeds: Record<string, TensorData>
  readonly extent: Extent
}

/** All six sequences in one microbatch. `dropout` is that of the adapter, if there is one. */
export function tinyTraining(state: ModelState, changes: Partial<TrainGraphOptions>, dropout = 0): TinyTraining {
  const sequences = supervisedSequences()
  const { extent } = planMicrobatches(sequences, 6)[0]!
  const options = { adapter: null, hasValueHead: false, objective: 'supervised', hasEntropyBonus: false, ...changes } as const
  const adapter = options.adapter && { ...options.adapter, dropout: maskDropout(dropout) }
  const objective = objectiveInputs(flattenTokens({ sequences }, SUPERVISED), SUPERVISED, extent.picked)
  const inputs = new Map([...new Microbatch(sequences, extent).inputs(), ...objective])
  if (dropout > 0) new DropoutMasks(state.config, dropout, [1]).add(inputs, extent)
  const weights = [...state.weights, ...state.trained].map(([name, { data }]) => [name, data] as const)
  return {
    graph: buildTrainGraph(state.config, extent, { ...options, adapter }),
    feeds: Object.fromEntries([...weights, ...inputs]),
    extent,
  }
}
