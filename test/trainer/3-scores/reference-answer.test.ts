import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { isScored } from '#contract/score'
import { taskSchema, type Task } from '#contract/task'
import { referenceAnswer } from '#trainer/3-scores/reference-answer'
import { createScorer } from '#trainer/3-scores/scorer'
import { REPOSITORY } from '#test/support/run-builders'

const tasks = readFileSync(join(REPOSITORY, 'resources/starter/tasks.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Task => taskSchema.parse(JSON.parse(line)))
/** The first task of each family. */
const oneOfEach = [...new Map(tasks.toReversed().map((task) => [task.family, task])).values()]
const scorer = createScorer({ workers: 1 })
afterAll(() => scorer.close())

describe('the answer that a reference is', () => {
  test.each(oneOfEach)('passes and says all that is asked for, for $id', async (task) => {
    const answer = await referenceAnswer(task)
    const { scores } = await scorer.score(answer!, task, 1)
    const valueOf = (name: 'functional' | 'synthesis' | 'reasoning'): number | null => {
      const score = scores[name]
      return isScored(score) ? score.value : null
    }
    expect([valueOf('functional'), valueOf('synthesis'), valueOf('reasoning')]).toEqual([1, 1, 1])
  })

  test('is none without a reference', async () => {
    expect(await referenceAnswer({ ...tasks[0]!, reference: null, stimulus: null })).toBeNull()
  })
})
