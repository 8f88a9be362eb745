import { expect, test } from 'vitest'
import { FIRST_VIEW } from '../../../src-renderer/state/list-view.ts'
import { hrefOf, parseRoute, type Route } from '../../../src-renderer/state/route.ts'

const routes: Route[] = [
  { page: 'runs' },
  { page: 'new' },
  { page: 'new', dataset: '/sets/a b/tasks.jsonl' },
  { page: 'new', model: '/models/a b' },
  { page: 'new', dataset: 'starter', model: 'C:\\models\\mine' },
  { page: 'models', key: null },
  { page: 'models', key: 'run:20261127-154744-starter-0506@60' },
  { page: 'playground', tuned: null, base: null },
  { page: 'playground', tuned: 'run:a@2', base: null },
  { page: 'playground', tuned: 'run:a@2', base: '/models/a%b' },
  { page: 'playground', tuned: null, base: 'starter' },
  { page: 'datasets', path: null },
  { page: 'datasets', path: 'starter' },
  { page: 'datasets', path: 'C:\\sets\\50 % of it' },
  { page: 'settings' },
  { page: 'reward', runId: null },
  { page: 'reward', runId: 'a b' },
  { page: 'experiments', experimentId: null },
  { page: 'experiments', experimentId: '20261127-154744-starter-0506' },
  { page: 'compare', runIds: [] },
  { page: 'compare', runIds: ['a', 'b/c'] },
  { page: 'compare', runIds: ['a', 'b'], overlay: 'run' },
  { page: 'compare', runIds: ['a', 'b'], overlay: 'group', baseline: 'b' },
  { page: 'compare', runIds: ['a', 'b'], baseline: 'b & c' },
  { page: 'compare', runIds: ['a', 'b'], samePrompt: { taskId: 'mux, 4 bits & 100 %' } },
  {
    page: 'compare',
    runIds: ['a', 'b', 'c'],
    overlay: 'run',
    samePrompt: { runIds: ['a', 'c'], completions: [1, 4], part: 'lines' },
  },
  { page: 'runs', view: { ...FIRST_VIEW, wanted: '#paper seed=1 50 % & more?' } },
  { page: 'runs', view: { wanted: '', isArchiveShown: true, sort: 'reward', isDescending: false, groupBy: 'lora.rank' } },
  { page: 'run', runId: 'grpo-starter-07', step: null },
  { page: 'run', runId: 'with / and %', step: 12 },
  { page: 'run', runId: 'with / and %', step: null, source: 'evaluation' },
  { page: 'run', runId: 'a', step: 0, source: 'evaluation' },
  { page: 'run', runId: 'a', step: 10, source: 'evaluation', rollout: 3 },
  { page: 'run', runId: 'grpo-starter-07', step: 12, rollout: 0 },
  { page: 'clone', runId: 'with / and %', step: null },
  { page: 'clone', runId: 'grpo-starter-07', step: 20 },
]
test.each(routes)('an address leads back to the screen that it was made for: %o', (route) => {
  expect(parseRoute(hrefOf(route))).toEqual(route)
})

test.each(['', '#', '#/', '#/nonsense', '#/runs/', '#/runs'])('%j leads to the list of runs', (hash) => {
  expect(parseRoute(hash)).toEqual({ page: 'runs' })
})

test('a step that is no number, or a broken escape, does not break the address', () => {
  expect(parseRoute('#/runs/a/step/x')).toEqual({ page: 'run', runId: 'a', step: null })
  expect(parseRoute('#/runs/a/step/3/rollout/x')).toEqual({ page: 'run', runId: 'a', step: 3 })
  expect(parseRoute('#/runs/%E0%A4%A')).toEqual({ page: 'run', runId: '%E0%A4%A', step: null })
})

test('what an address says of the same prompt in words that are not known is left out', () => {
  expect(parseRoute('#/compare/a,b?task=&completion=1,x&part=colour')).toEqual({ page: 'compare', runIds: ['a', 'b'] })
})

test('a list that is looked at as at first needs no query, and a query that is not known changes nothing', () => {
  expect(hrefOf({ page: 'runs', view: FIRST_VIEW })).toBe('#/runs')
  expect(parseRoute('#/runs?sort=colour&order=sideways&archived=yes')).toEqual({ page: 'runs', view: FIRST_VIEW })
})
