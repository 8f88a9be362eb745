/** How sequences are cut into microbatches: everything once, within the limits, with little padding and in few shapes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { promptOf, tasksOfStep } from '#trainer/1-tasks/prompts'
import { readDataset } from '#trainer/1-tasks/read-tasks'
import { datasetFile, modelFolder } from '#trainer/commands/paths'
import { planMicrobatches, type MicrobatchPlan } from '#trainer/engines/onnx/microbatch-plan'
import { tokensOf, type Extent } from '#trainer/engines/onnx/model/train-graph'
import type { PromptedSequence } from '#trainer/engines/engine'
import { createRandom } from '#trainer/math/random'
import { loadTokenizer } from '#trainer/tokenizer/tokenizer'
import { aConfig, aPpoConfig } from '#test/support/run-builders'

function sequence(promptTokens: number, completionTokens: number): PromptedSequence {
  return { promptTokens: new Array<number>(promptTokens).fill(1), completionTokens: new Array<number>(completionTokens).fill(2) }
}

const lengthOf = ({ promptTokens, completionTokens }: PromptedSequence): number => promptTokens.length + completionTokens.length
/** Tokens of a sequence's own row. After a shared prompt the last one is not read. */
const rowLength = (one: PromptedSequence, { shared }: Extent): number =>
  shared === null ? lengthOf(one) : one.completionTokens.length - 1
const promptLengths = (sequences: readonly PromptedSequence[]): number[] =>
  [...new Set(sequences.map(({ promptTokens }) => promptTokens.join(' ')))].map((prompt) => prompt.split(' ').length)
const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

describe('every plan', () => {
  const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 600 })), {
    minLength: 1,
    maxLength: 60,
  })

  test('takes each sequence once, in microbatches that hold them and are not above the size', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 12 }), (given, microbatchSize) => {
        const sequences = given.map(([prompt, completion]) => sequence(prompt, completion))
        const plans = planMicrobatches(sequences, microbatchSize)
        expect(plans.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual(sequences.map((_, i) => i))
        for (const { indices, extent } of plans) {
          const inside = indices.map((i) => sequences[i]!)
          expect(inside.length).toBeLessThanOrEqual(extent.batch)
          expect(extent.batch).toBeLessThanOrEqual(microbatchSize)
          expect(Math.max(...inside.map((one) => rowLength(one, extent)))).toBeLessThanOrEqual(extent.length)
          expect(promptLengths(inside).length).toBeLessThanOrEqual(extent.shared?.prompts ?? Infinity)
          expect(Math.max(...promptLengths(inside))).toBeLessThanOrEqual(extent.shared?.length ?? Infinity)
          expect(total(inside.map(({ completionTokens }) => completionTokens.length))).toBeLessThanOrEqual(extent.picked)
        }
      }),
    )
  })

  test('begins with the largest microbatch, so that a run that does not fit ends at once', () => {
    const plans = planMicrobatches([sequence(5, 5), sequence(200, 90), sequence(30, 60)], 1)
    expect(plans.map(({ indices }) => indices)).toEqual([[1], [2], [0]])
  })

  test('pads no length by more than a quarter, from 8 tokens on', () => {
    for (let length = 8; length <= 5000; length++) {
      const [plan] = planMicrobatches([sequence(length - 1, 1)], 1)
      expect(plan!.extent.length / length, `${length} tokens`).toBeLessThan(1.25)
    }
  })
})

/**
 * Minibatches of six steps of the starter tasks: their prompts, and completions as long as the starter model's were (42 to 115 tokens, half of them
 * below 75; completions of one prompt are about equally long).
 */
async function minibatches(config: ReturnType<typeof aConfig>): Promise<PromptedSequence[][]> {
  const { tasks } = await readDataset(datasetFile('starter'))
  const tokenizer = loadTokenizer(modelFolder('starter'))
  const random = createRandom(5)
  return [1, 2, 3, 4, 5, 6].flatMap((step) => {
    const rollouts = tasksOfStep(tasks.train, step, config.promptsPerStep, 1).flatMap((task) => {
      const promptTokens = promptOf(task, tokenizer).tokens
      const usual = 50 + random.below(50)
      return Array.from({ length: config.groupSize }, () => ({
        promptTokens,
        completionTokens: new Array<number>(usual - 8 + random.below(16)).fill(2),
      }))
    })
    const count = Math.ceil(rollouts.length / config.minibatchSize)
    return Array.from({ length: count }, (_, i) => rollouts.slice(i * config.minibatchSize, (i + 1) * config.minibatchSize))
  })
}

describe.each([
  ['Starter GRPO', aConfig()],
  ['Starter PPO', aPpoConfig()],
])('on six steps of %s', async (name, config) => {
  const given = await minibatches(config)
  const planned = given.map((sequences) => ({ sequences, plans: planMicrobatches(sequences, config.microbatchSize) }))
  const plans: MicrobatchPlan[] = planned.flatMap((minibatch) => minibatch.plans)

  test('less than 15 % of the tokens are padding, and of the completion tokens, too', () => {
    const inside = planned.flatMap(({ sequences, plans }) =>
      plans.map(({ indices, extent }) => ({ chosen: indices.map((i) => sequences[i]!), extent })),
    )
    const read = total(
      inside.map(({ chosen, extent }) => {
        const rows = total(chosen.map((one) => rowLength(one, extent)))
        return extent.shared === null ? rows : rows + total(promptLengths(chosen))
      }),
    )
    const completionTokens = total(given.flat().map((one) => one.completionTokens.length))
    const padding = 1 - read / total(plans.map(({ extent }) => tokensOf(extent)))
    const pickedPadding = 1 - completionTokens / total(plans.map(({ extent }) => extent.picked))
    console.log(`${name}: padding ${(100 * padding).toFixed(1)} %, of completion tokens ${(100 * pickedPadding).toFixed(1)} %`)
    expect(padding).toBeLessThan(0.15)
    expect(pickedPadding).toBeLessThan(0.15)
  })

  test('a prompt is read about once for its group: with all padding there are fewer tokens than the sequences have', () => {
    const alone = total(given.flat().map(lengthOf))
    const padded = total(plans.map(({ extent }) => tokensOf(extent)))
    console.log(`${name}: ${(padded / alone).toFixed(2)} padded tokens for each token of the sequences`)
    expect(padded).toBeLessThan(0.9 * alone)
  })

  test('there are at most 24 shapes, each of which costs a compiled graph', () => {
    const shapes = new Set(plans.map(({ extent }) => JSON.stringify(extent)))
    console.log(`${name}: ${shapes.size} shapes for ${plans.length} microbatches`)
    expect(shapes.size).toBeLessThanOrEqual(24)
  })
})
