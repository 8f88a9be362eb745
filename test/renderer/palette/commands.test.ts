import { describe, expect, test, vi } from 'vitest'
import type { RunSummary } from '#contract/api'
import { SCREENS } from '#contract/frame-commands'
import {
  datasetCommands,
  linkCommands,
  runCommands,
  screenCommands,
  screenRoute,
} from '../../../src-renderer/palette/commands.ts'
import { matching } from '../../../src-renderer/palette/match.ts'
import { hrefOf, parseRoute, type Route } from '../../../src-renderer/state/route.ts'

const RUN = {
  id: '20261127-1-grpo',
  name: 'Starter GRPO',
  status: 'crashed',
  algorithm: 'grpo',
  isSupervised: false,
  preset: 'starter-grpo',
  step: 12,
  steps: 80,
  tags: ['paper'],
} as unknown as RunSummary

describe('a screen', () => {
  test.each(SCREENS.map(({ id }) => id))('%s has an address that leads back to it', (id) => {
    expect(parseRoute(hrefOf(screenRoute(id))).page).toBe(id)
  })

  test('is gone to, and shows the keys that go there', () => {
    const go = vi.fn<(route: Route) => void>()
    const [runs] = screenCommands(go, (id) => `keys of ${id}`)
    expect([runs!.title, runs!.keys]).toEqual(['Runs', 'keys of runs'])
    runs!.run()
    expect(go).toHaveBeenCalledWith({ page: 'runs' })
  })
})

describe('a run', () => {
  const go = vi.fn<(route: Route) => void>()
  const commands = runCommands([RUN], go)

  test.each(['starter', 'crashed', 'paper', 'run grpo', '20261127'])('is found by “%s”', (typed) => {
    expect(matching(commands, typed)).toHaveLength(1)
  })

  test('says how it stands and is gone to', () => {
    expect(commands[0]!.detail).toBe('crashed, step 12 of 80')
    commands[0]!.run()
    expect(go).toHaveBeenCalledWith({ page: 'run', runId: RUN.id, step: null })
  })
})

test('a data set is found by its place', () => {
  const commands = datasetCommands([{ path: '/sets/verilog eval' } as Parameters<typeof datasetCommands>[0][number]], () => {})
  expect(matching(commands, 'sets data').map(({ command }) => command.title)).toEqual(['verilog eval'])
})

test('a link that was pasted is gone to, whichever workbench it was copied from', () => {
  const go = vi.fn<(route: Route) => void>()
  for (const link of ['http://127.0.0.1:7007/#/compare/a,b/run', 'app://veritune/#/compare/a,b/run', ' #/compare/a,b/run ']) {
    const [found] = matching(linkCommands(link, go), link)
    found!.command.run()
    expect(go).toHaveBeenLastCalledWith({ page: 'compare', runIds: ['a', 'b'], overlay: 'run' })
  }
  expect(linkCommands('starter #paper', go)).toEqual([])
})
