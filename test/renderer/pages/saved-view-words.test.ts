import { expect, test } from 'vitest'
import { missingWords, routeOfView, viewWords, type ShownView } from '../../../src-renderer/pages/saved-view-words.ts'
import { FIRST_VIEW } from '../../../src-renderer/state/list-view.ts'
import { hrefOf, parseRoute } from '../../../src-renderer/state/route.ts'

const COMPARISON: ShownView = { page: 'compare', runIds: ['a', 'b', 'c'], overlay: 'group', baseline: 'b' }
const LIST: ShownView = { page: 'runs', ...FIRST_VIEW, wanted: ' #paper', sort: 'validation', groupBy: 'lora.rank' }

test('a saved view leads to an address that says all of it', () => {
  for (const view of [COMPARISON, LIST]) {
    const route = routeOfView(view)
    expect(parseRoute(hrefOf(route))).toEqual(route)
  }
})

test('a saved view is said in words', () => {
  expect(viewWords(COMPARISON)).toBe('Compare: 3 runs, a line for each group')
  expect(viewWords({ ...COMPARISON, samePrompt: { taskId: 'mux-012' } })).toBe(
    'Compare: 3 runs, a line for each group, the prompt of mux-012',
  )
  expect(viewWords(LIST)).toBe('Runs: “#paper”, by validation ↓, grouped by rank')
  expect(viewWords({ page: 'runs', ...FIRST_VIEW, isArchiveShown: true })).toBe('Runs: by time ↓, with archived ones')
})

test('a comparison whose runs were removed says how many', () => {
  expect(missingWords(COMPARISON, new Set(['a', 'b', 'c', 'd']))).toBe('')
  expect(missingWords(COMPARISON, new Set(['a', 'b']))).toBe('1 of its 3 runs was removed.')
  expect(missingWords(COMPARISON, new Set(['a']))).toBe('2 of its 3 runs were removed.')
  expect(missingWords(COMPARISON, new Set())).toBe('All its runs were removed.')
  expect(missingWords(LIST, new Set())).toBe('')
})
