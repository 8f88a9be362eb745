import { expect, test } from 'vitest'
import { API } from '#contract/api'
import { askedActs } from '../../../src-renderer/state/asked-acts.ts'

test('acts are named once each, and what only reads is not named', () => {
  expect(askedActs(['runs.list', 'runs.create', 'runs.get', 'runs.note', 'runs.create'])).toEqual([
    'start of a run',
    'name and notes of a run',
  ])
})

test('every act that is named is one of the workbench', () => {
  const named = Object.keys(API).filter((method) => askedActs([method]).length > 0)
  expect(named).toHaveLength(20)
})
