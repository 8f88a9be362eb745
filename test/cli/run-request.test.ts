import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RunSummary } from '#contract/api'
import { pickRun } from '#cli/find-run'
import { parseSetting, runRequest } from '#cli/run-request'
import { temporaryFolder } from '#test/support/temporary-folder'

describe('a setting', () => {
  test('is JSON where it can be, else text; what follows the first = belongs to the value', () => {
    expect(parseSetting('optimizer.learningRate=0.0005', '/x')).toEqual(['optimizer.learningRate', 0.0005])
    expect(parseSetting('lora=null', '/x')).toEqual(['lora', null])
    expect(parseSetting('name=a=b', '/x')).toEqual(['name', 'a=b'])
  })

  test('of a file is a path from where the person is; starter stays a name', () => {
    expect(parseSetting('dataset.id=tasks.jsonl', '/x')).toEqual(['dataset.id', resolve('/x/tasks.jsonl')])
    expect(parseSetting('model=starter', '/x')).toEqual(['model', 'starter'])
  })

  test('without a path or a value is refused', () => {
    expect(() => parseSetting('steps', '/x')).toThrow('--set wants path=value, not "steps".')
    expect(() => parseSetting('=3', '/x')).toThrow('--set wants path=value')
  })
})

describe('a request', () => {
  test('of a preset carries what differs, the last word winning', () => {
    expect(
      runRequest({
        preset: 'p',
        configFile: undefined,
        overrides: [
          ['steps', 1],
          ['steps', 2],
        ],
      }),
    ).toEqual({
      preset: 'p',
      overrides: { steps: 2 },
    })
  })

  test('of a file is the file with its settings changed, its paths starting at the file', () => {
    const folder = temporaryFolder()
    const configFile = join(folder, 'run.json')
    writeFileSync(
      configFile,
      JSON.stringify({ schemaVersion: 1, model: 'm', dataset: { id: 'starter' }, optimizer: { beta1: 0.9 } }),
    )
    expect(
      runRequest({
        preset: undefined,
        configFile,
        overrides: [
          ['optimizer.beta1', 0.5],
          ['lora.rank', 8],
        ],
      }),
    ).toEqual({
      schemaVersion: 1,
      model: join(folder, 'm'),
      dataset: { id: 'starter' },
      optimizer: { beta1: 0.5 },
      lora: { rank: 8 },
    })
  })

  test('never reaches into prototypes', () => {
    const configFile = join(temporaryFolder(), 'run.json')
    writeFileSync(configFile, '{}')
    runRequest({
      preset: undefined,
      configFile,
      overrides: [
        ['__proto__.polluted', 1],
        ['constructor.polluted', 1],
      ],
    })
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect((Object as unknown as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('naming a run', () => {
  const runs = [
    { id: '20260101-a', name: 'first' },
    { id: '20260102-b', name: 'twice' },
    { id: '20260103-c', name: 'twice' },
    { id: '20260104-d', name: '20260101-a' },
  ] as RunSummary[]

  test('an id goes before a name, a name before the beginning of an id', () => {
    expect(pickRun(runs, '20260101-a').name).toBe('first')
    expect(pickRun(runs, 'first').id).toBe('20260101-a')
    expect(pickRun(runs, '20260102').id).toBe('20260102-b')
  })

  test('what means several runs is refused with their ids, what means none is missing', () => {
    expect(() => pickRun(runs, 'twice')).toThrow('"twice" means 2 runs (20260102-b, 20260103-c)')
    expect(() => pickRun(runs, '2026')).toThrow('means 4 runs')
    expect(() => pickRun(runs, '')).toThrow('There is no run ""')
  })
})
