/** Log-probs and entropies of next tokens, with gradients, against plain loops in double precision. */
import { describe, expect, test } from 'vitest'
import { gradients } from '#trainer/engines/onnx/graph/autodiff'
import { Graph } from '#trainer/engines/onnx/graph/graph'
import { trainedNextTokens } from '#trainer/engines/onnx/model/next-token'
import { differences, relativeError, runGraph, uniform, type Arrays } from '#test/support/run-graph'
import { TINY_CONFIG } from '#test/support/tiny-llama'

const [ROWS, SIZE, VOCABULARY] = [7, 5, 11]
const INVERSE_TEMPERATURE = 1 / 0.7
/** A token twice, so that two rows add to one row of the head. */
const TARGETS = [0, 3, 3, 10, 5, 1, 9]

const data = {
  states: uniform(ROWS * SIZE, 1).map((value) => 2 * value),
  head: uniform(VOCABULARY * SIZE, 2),
  ofLogprobs: uniform(ROWS, 3),
  ofEntropies: uniform(ROWS, 4),
}

describe.each([
  { head: 'trained', entropy: 'with the entropy bonus', isTrained: true, hasBonus: true },
  { head: 'trained', entropy: 'without the entropy bonus', isTrained: true, hasBonus: false },
  { head: 'frozen', entropy: 'with the entropy bonus', isTrained: false, hasBonus: true },
  { head: 'frozen', entropy: 'without the entropy bonus', isTrained: false, hasBonus: false },
])('a $head head, $entropy, at temperature 0.7', async ({ isTrained, hasBonus }) => {
  const found = await nextTokenGraph(isTrained, hasBonus)
  const lossOf = (states: ArrayLike<number>, head: ArrayLike<number>): number => {
    const { logprobs, entropies } = plainNextTokens(states, head)
    return logprobs.reduce(
      (sum, logprob, row) => sum + data.ofLogprobs[row]! * logprob + (hasBonus ? data.ofEntropies[row]! * entropies[row]! : 0),
      0,
    )
  }
  const every = (values: Float32Array): number[] => Array.from(values, (_, i) => i)

  test('log-probs and entropies are those of plain loops', () => {
    const { logprobs, entropies } = plainNextTokens(data.states, data.head)
    expect(relativeError(found.logprobs!, logprobs)).toBeLessThan(1e-5)
    expect(relativeError(found.entropies!, entropies)).toBeLessThan(1e-5)
  })

  test('the gradient of the hidden states is that of plain loops', () => {
    const expected = differences((states) => lossOf(states, data.head), data.states, every(data.states))
    expect(relativeError(found['gradient of states']!, expected)).toBeLessThan(1e-5)
  })

  test(`the gradient of the head is ${isTrained ? 'that of plain loops' : '0'}`, () => {
    const ofLoops = differences((head) => lossOf(data.states, head), data.head, every(data.head))
    const expected = isTrained ? ofLoops : new Float32Array(data.head.length)
    expect(relativeError(found['gradient of head']!, expected)).toBeLessThan(1e-5)
  })
})

async function nextTokenGraph(isTrained: boolean, hasBonus: boolean): Promise<Arrays> {
  const graph = new Graph()
  const states = graph.input('states', [ROWS, SIZE], { isTrained: true })
  const head = graph.input('head', [VOCABULARY, SIZE], { isTrained })
  const config = { ...TINY_CONFIG, hiddenSize: SIZE, vocabularySize: VOCABULARY }
  const model = { config, weights: new Map([['lm_head.weight', head]]), adapter: null, isCheckpointed: false }
  const targets = graph.constant(BigInt64Array.from(TARGETS, BigInt), [ROWS, 1])
  const tempered = graph.apply('mul', [states, graph.scalar(INVERSE_TEMPERATURE)])
  const { logprobs, entropies } = trainedNextTokens(graph, model, tempered, targets, hasBonus)
  const weighted = graph.apply('mul', [logprobs, graph.input('ofLogprobs', [ROWS])])
  const bonus = graph.apply('mul', [entropies, graph.input('ofEntropies', [ROWS])])
  const terms = hasBonus ? graph.apply('add', [weighted, bonus]) : weighted
  const loss = graph.apply('reduceSum', [terms], { axes: [0], keepdims: 0 })
  graph.output('logprobs', logprobs)
  graph.output('entropies', entropies)
  const sources = [states, head]
  gradients(graph, loss, sources).forEach((gradient, i) => graph.output(`gradient of ${sources[i]!.name}`, gradient))
  return runGraph(graph, data)
}

function plainNextTokens(states: ArrayLike<number>, head: ArrayLike<number>): { logprobs: number[]; entropies: number[] } {
  const rows = TARGETS.map((target, row) => {
    const logits = Array.from({ length: VOCABULARY }, (_, token) => {
      let logit = 0
      for (let i = 0; i < SIZE; i++) logit += states[row * SIZE + i]! * head[token * SIZE + i]! * INVERSE_TEMPERATURE
      return logit
    })
    const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))
    const entropy = logits.reduce((sum, logit) => sum - Math.exp(logit - logSum) * (logit - logSum), 0)
    return { logprob: logits[target]! - logSum, entropy }
  })
  return { logprobs: rows.map(({ logprob }) => logprob), entropies: rows.map(({ entropy }) => entropy) }
}
