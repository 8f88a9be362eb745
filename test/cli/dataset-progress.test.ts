import { expect, test } from 'vitest'
import { progressText } from '#cli/commands/dataset-check'
import type { CheckProgress } from '#contract/known-datasets'

const reading: CheckProgress = {
  path: '/sets/a',
  startedAt: '2026-01-01T00:00:00.000Z',
  stage: 'reading',
  layout: 'RTLLM',
  taskCount: 1200,
  counts: { train: 1200, validation: 0, test: 0 },
  badges: { healthy: 0, 'reference-fails': 0, 'judge-fooled': 0, 'not-run': 0 },
  problemCount: 2,
  warningCount: 5,
  problems: [],
  unhealthy: [],
  secondsLeft: null,
  end: null,
}

test('the status line of a check says how far it is and what was found', () => {
  expect(progressText(reading)).toMatch(/^Reading: 1.?200 tasks {2}2 problems$/)
  const badges = { ...reading.badges, healthy: 290, 'not-run': 10 }
  const text = progressText({ ...reading, stage: 'trying', badges, secondsLeft: 75 })
  expect(text).toMatch(/^25 ?% {2}300 of 1.?200 tasks {2}.+ left {2}290 healthy, 10 not-run {2}2 problems$/)
})
