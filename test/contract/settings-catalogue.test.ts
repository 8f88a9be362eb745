import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ALGORITHM_NAMES, type AlgorithmName } from '#contract/algorithm-names'
import { runConfigSchema } from '#contract/run-config'
import type { Range, Setting } from '#contract/setting'
import { settingsOf } from '#contract/settings-catalogue'
// @ts-expect-error a script without declarations
import { SETTINGS_DOCUMENT, settingsDocument } from '../../scripts/settings-document.mjs'

interface Node {
  readonly type?: string
  readonly const?: unknown
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly exclusiveMaximum?: number
}

interface Leaf {
  readonly node: Node
  readonly isNullable: boolean
}

const SCHEMA = z.toJSONSchema(runConfigSchema, { io: 'output' }) as Node

/** Every leaf that a person can choose, by its path; of the algorithms only the named one. */
function leavesOf(node: Node, algorithm: AlgorithmName, path = '', isNullable = false): Map<string, Leaf> {
  if (node.const !== undefined) return new Map()
  if (node.oneOf !== undefined)
    return leavesOf(
      node.oneOf.find((each) => each.properties?.name?.const === algorithm)!,
      algorithm,
      path,
    )
  if (node.anyOf !== undefined) {
    const [given] = node.anyOf.filter(({ type }) => type !== 'null')
    const all = leavesOf({ ...given, ...('default' in node && { default: node.default }) }, algorithm, path, true)
    return all
  }
  if (node.properties === undefined) return new Map([[path, { node, isNullable }]])
  return new Map(
    Object.entries(node.properties).flatMap(([key, child]) => [
      ...leavesOf(child, algorithm, path === '' ? key : `${path}.${key}`),
    ]),
  )
}

function rangeOf({ node, isNullable }: Leaf): Range {
  if (node.enum !== undefined) return { kind: 'choice', choices: node.enum }
  if (node.type === 'boolean') return { kind: 'switch' }
  if (node.type !== 'number' && node.type !== 'integer') return { kind: 'text' }
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = node
  const isEnd = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  return {
    kind: 'number',
    isWhole: node.type === 'integer',
    isNullable,
    ...(minimum !== undefined && { min: minimum }),
    ...(exclusiveMinimum !== undefined && { above: exclusiveMinimum }),
    ...(isEnd && { max: maximum }),
    ...(exclusiveMaximum !== undefined && { below: exclusiveMaximum }),
  }
}

function configOf(settings: Readonly<Record<string, Setting>>, algorithm: AlgorithmName): unknown {
  const config: Record<string, unknown> = { schemaVersion: 1, algorithm: { name: algorithm }, reward: { schemaVersion: 1 } }
  for (const [path, setting] of Object.entries(settings)) {
    const names = path.split('.')
    let place = config
    for (const name of names.slice(0, -1)) place = (place[name] ??= {}) as Record<string, unknown>
    place[names.at(-1)!] = setting.default
  }
  return config
}

describe.each(ALGORITHM_NAMES)('the settings of a run with %s', (algorithm) => {
  const settings = settingsOf(algorithm)
  const leaves = leavesOf(SCHEMA, algorithm)

  test('are the leaves of the schema, none more and none fewer', () => {
    expect(Object.keys(settings).toSorted()).toEqual([...leaves.keys()].toSorted())
  })

  test('have the ranges of the schema', () => {
    for (const [path, leaf] of leaves) expect(settings[path]!.range, path).toEqual(rangeOf(leaf))
  })

  test('have its defaults, where it has any', () => {
    for (const [path, { node }] of leaves) if ('default' in node) expect(settings[path]!.default, path).toEqual(node.default)
  })

  test('have defaults that make a config', () => {
    expect(runConfigSchema.safeParse(configOf(settings, algorithm)).error?.issues ?? []).toEqual([])
  })

  test('each have a sentence of meaning on one line, and a source', () => {
    for (const [path, { meaning, source }] of Object.entries(settings)) {
      expect(meaning, path).toMatch(/^[^\n]*\.$/)
      expect(source, path).not.toBe('')
    }
  })
})

test('docs/settings.md is made from the catalogue (node scripts/settings-document.mjs)', () => {
  expect(readFileSync(SETTINGS_DOCUMENT as string, 'utf8')).toBe((settingsDocument as () => string)())
})
