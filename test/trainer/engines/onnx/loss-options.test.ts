/** Every option of the policy's loss as nodes of a graph: its gradients are those of the plain loops, token by token. */
import { describe, expect, test } from 'vitest'
import { KL_ESTIMATORS } from '#contract/algorithm-names'
import { gradients } from '#trainer/engines/onnx/graph/autodiff'
import { Graph } from '#trainer/engines/onnx/graph/graph'
import { lossOptionsOf, policyLoss } from '#trainer/engines/onnx/model/loss'
import { objectiveInputs } from '#trainer/engines/onnx/objective-inputs'
import { Session } from '#trainer/engines/onnx/session'
import type { LossMean, Minibatch } from '#trainer/flow'
import { evaluateObjective, flattenTokens, type PolicyObjective } from '#trainer/math/objective'
import { createRandom, type Random } from '#trainer/math/random'

const LENGTHS = [7, 3, 12, 1]
const TOKENS = LENGTHS.reduce((sum, length) => sum + length, 0)
const PICKED = TOKENS + 3
const around = (random: Random, base: ArrayLike<number>, size: number): Float32Array =>
  Float32Array.from(base, (value) => value + (random.next() * 2 - 1) * size)

const MEANS: LossMean[] = ['token', 'sequence', { localRollouts: 2 }, { tokensPerRollout: 16 }]
const CASES = KL_ESTIMATORS.flatMap((klEstimator) =>
  [null, 1.3].flatMap((dualClip) => MEANS.map((lossMean) => ({ klEstimator, dualClip, lossMean }))),
)

function objectiveOf(changes: Partial<PolicyObjective>): PolicyObjective {
  return {
    kind: 'policy',
    temperature: 1,
    clipEpsilonLow: 0.2,
    clipEpsilonHigh: 0.28,
    klCoef: 0.3,
    entropyCoef: 0.1,
    lossMean: 'token',
    value: { coef: 0.5, clipEpsilon: 0.2 },
    learningRate: 1,
    valueLearningRate: 1,
    ...changes,
  }
}

function buildLoss(objective: PolicyObjective): Graph {
  const graph = new Graph()
  const [logprobs, entropies, values] = ['logprobs', 'entropies', 'values'].map((name) =>
    graph.input(name, [PICKED], { isTrained: true }),
  )
  const outputs = { logprobs: logprobs!, entropies: entropies!, values: values! }
  const loss = policyLoss(graph, outputs, PICKED, true, lossOptionsOf(objective))
  graph.output('loss', loss)
  const trained = [logprobs!, entropies!, values!]
  gradients(graph, loss, trained).forEach((gradient, i) => graph.output(`gradient of ${trained[i]!.name}`, gradient))
  return graph
}

describe('the loss as a graph', () => {
  test.each(CASES)('agrees with the plain loops: $klEstimator, dual clip $dualClip, mean $lossMean', async (changes) => {
    const objective = objectiveOf(changes)
    const random = createRandom(5)
    const logprobs = around(random, new Float32Array(TOKENS).fill(-1.5), 1)
    let start = 0
    const minibatch: Minibatch = {
      sequences: LENGTHS.map((length, i) => {
        const own = logprobs.subarray(start, (start += length))
        return {
          promptTokens: [1],
          completionTokens: Array<number>(length).fill(2),
          oldLogprobs: around(random, own, 0.6),
          refLogprobs: around(random, own, 1),
          advantages: around(random, new Float32Array(length), 1),
          returns: around(random, new Float32Array(length), 1),
          oldValues: around(random, new Float32Array(length), 0.5),
          weight: i === 1 ? 2 : 1,
        }
      }),
    }
    const now = {
      logprobs,
      entropies: around(random, new Float32Array(TOKENS).fill(1), 1),
      values: around(random, new Float32Array(TOKENS), 1),
    }
    const flat = flattenTokens(minibatch, objective)
    const wanted = evaluateObjective(objective, flat, now)
    if (changes.dualClip !== null) expect(wanted.sums.clipRatioDual).toBeGreaterThan(0)

    const padded = (array: Float32Array): Float32Array => {
      const whole = new Float32Array(PICKED)
      whole.set(array)
      return whole
    }
    const session = await Session.create(buildLoss(objective), { threads: 1, name: 'a loss' })
    const feeds = objectiveInputs(flat, objective, PICKED)
    for (const name of ['logprobs', 'entropies', 'values'] as const) feeds.set(name, padded(now[name]))
    const results = await session.run((name) => feeds.get(name)!)
    await session.release()
    expect(results.loss![0]).toBeCloseTo(wanted.sums.loss, 5)
    for (const [name, gradient] of [
      ['logprobs', wanted.logprobGradient],
      ['entropies', wanted.entropyGradient],
      ['values', wanted.valueGradient],
    ] as const) {
      padded(gradient).forEach((value, t) => expect(results[`gradient of ${name}`]![t]).toBeCloseTo(value, 5))
    }
  })

  test('has the nodes that it had before there were options, where none is on', () => {
    const nodes = (changes: Partial<PolicyObjective>): number => buildLoss(objectiveOf(changes)).nodes.length
    expect(nodes({ klEstimator: 'k3', dualClip: null })).toBe(nodes({}))
    expect(nodes({ klEstimator: 'k1' })).toBeLessThan(nodes({}))
    // The bound is one node forward; what it costs backward is that of one minimum.
    expect(nodes({ dualClip: 3 }) - nodes({})).toBeLessThanOrEqual(6)
  })
})
