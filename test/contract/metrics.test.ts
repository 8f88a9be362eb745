import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { METRICS } from '#contract/metrics'
// @ts-expect-error a script without declarations
import { METRICS_DOCUMENT, metricsDocument } from '../../scripts/metrics-document.mjs'

describe('the catalogue of metrics', () => {
  test('docs/metrics.md is made from it (node scripts/metrics-document.mjs)', () => {
    expect(readFileSync(METRICS_DOCUMENT as string, 'utf8')).toBe((metricsDocument as () => string)())
  })

  test('every definition is a sentence', () => {
    for (const { definition } of Object.values(METRICS)) expect(definition).toMatch(/^\S.*\.$/)
  })
})
