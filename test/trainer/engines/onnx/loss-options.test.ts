/** Every option of the policy's loss as nodes of a graph: its gradients are those of the plain loops, token by token. */
import { describe, expect, test } from 'vitest'
import { LOSS_CASES, LOSS_TOKENS, lossObjective, lossTokens } from '#test/support/loss-cases'
import { gradients } from '#trainer/engines/onnx/graph/autodiff'
import { Graph } from '#trainer/engines/onnx/graph/graph'
import { lossOptionsOf, policyLoss } from '#trainer/engines/onnx/model/loss'
import { objectiveInputs } from '#trainer/engines/onnx/objective-inputs'
import { Session } from '#trainer/engines/onnx/session'
import { evaluateObjective, flattenTokens, type PolicyObjective } from '#trainer/math/objective'

const PICKED = LOSS_TOKENS + 3

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
  test.each(LOSS_CASES)('agrees with the plain loops: $klEstimator, dual clip $dualClip, mean $lossMean', async (changes) => {
    const objective = lossObjective(changes)
    const { minibatch, now } = lossTokens()
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
    const nodes = (changes: Partial<PolicyObjective>): number => buildLoss(lossObjective(changes)).nodes.length
    expect(nodes({ klEstimator: 'k3', dualClip: null })).toBe(nodes({}))
    expect(nodes({ klEstimator: 'k1' })).toBeLessThan(nodes({}))
    // The bound is one node forward; what it costs backward is that of one minimum.
    expect(nodes({ dualClip: 3 }) - nodes({})).toBeLessThanOrEqual(6)
  })
})
