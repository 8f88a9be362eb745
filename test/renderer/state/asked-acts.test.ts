import { expect, test } from 'vitest'
import { API } from '#contract/api'
import { ACTS, askedActs } from '../../../src-renderer/state/asked-acts.ts'

test('acts are named once each, and what only reads is not named', () => {
  expect(askedActs(['runs.list', 'runs.create', 'runs.get', 'runs.note', 'runs.create'])).toEqual([
    'start of a run',
    'name and notes of a run',
  ])
})

test('every act that is named is one of the workbench', () => {
  expect(Object.keys(ACTS).filter((method) => !(method in API))).toEqual([])
})
