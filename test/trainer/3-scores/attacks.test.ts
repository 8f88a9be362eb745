import { readdirSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Judge } from '#contract/run-config'
import { isScored, type ScoreReport } from '#contract/score'
import { attacks, VICTIM } from '#test/support/hostile'
import { nativeTools } from '#test/support/native-tools'
import { childrenOf, filesIn } from '#test/support/traces'
import { fenced } from '#trainer/3-scores/extract'
import { createScorer, type Scorer } from '#trainer/3-scores/scorer'
import { startSimulation, type Simulation } from '#trainer/3-scores/simulation'
import { runIcarus } from '#trainer/3-scores/testbench/icarus'
import { SIMULATION_LIMITS, toolFoldersOf } from '#trainer/3-scores/tools/sandbox'
import { ToolHost } from '#trainer/3-scores/tools/tool-host'
import { weigh } from '#trainer/3-scores/weigh'
import { readPresets } from '#workbench/presets'

const { tools, hasSimulation, reason } = await nativeTools()
const ALL = [...attacks('hostile'), ...attacks('cheats')]
const profile = readPresets('resources')[0]!.config.reward
/** Compiles, and its output is wrong. */
const HONEST_FAILURE = VICTIM.reference.replace('q <= d', 'q <= d + 1')
const isQuiet = (name: string): boolean => !name.startsWith('veritune-box-')

test('there are as many attacks as were thought of', () => {
  expect([attacks('hostile').length, attacks('cheats').length]).toEqual([25, 24])
})

const judges: Judge[] = hasSimulation ? ['netlist', 'testbench', 'both'] : ['netlist']
const title = hasSimulation ? 'attacks' : `attacks (judges testbench and both skipped: ${reason})`

describe.each(judges)(`${title}, judge %s`, (judge) => {
  const base = createScorer({ workers: 1, timeoutMs: 1_500 })
  let simulation: Simulation | null = null
  let scorer: Scorer = base
  let honest: number

  beforeAll(async () => {
    if (judge !== 'netlist') {
      simulation = await startSimulation({ environment: process.env, isUnboxedAllowed: false })
      scorer = base.judgedBy(judge, simulation)
    }
    honest = weigh((await scorer.score(fenced(HONEST_FAILURE), VICTIM, 1)).scores, profile).reward!
  })
  afterAll(async () => {
    await simulation?.close()
    await base.close()
  })

  test.each(ALL)(
    '%s earns nothing for its function, and no more than an honest failure',
    { timeout: 60_000 },
    async (_, code) => {
      const { scores } = await scorer.score(fenced(code), VICTIM, 1)
      expect(scores.functional).toMatchObject({ value: 0 })
      expect(weigh(scores, profile).reward!).toBeLessThanOrEqual(honest)
    },
  )

  test('after all of them a good design is scored as before', async () => {
    expect(functionalOf(await scorer.score(fenced(`${VICTIM.reference}// after`), VICTIM, 1))).toBe('passed')
  })
})

describe.skipIf(!hasSimulation)(hasSimulation ? 'the box alone, without a guard' : `the box alone (skipped: ${reason})`, () => {
  let host: ToolHost
  const folders = [tmpdir(), '/dev/shm', homedir(), process.cwd()]
  const listing = (): string[] => folders.flatMap((folder) => filesIn(folder)).filter((path) => isQuiet(path.split('/').at(-1)!))
  let before: string[]

  beforeAll(() => {
    host = new ToolHost({ bwrapPath: tools.bwrap!.path, toolFolders: toolFoldersOf([tools.iverilog!.path]) })
    before = listing()
  })
  afterAll(() => host.close())

  test.each(ALL)('%s stays within its time, its memory and its folder', { timeout: 60_000 }, async (_, code) => {
    const bench =
      'module zz_top; reg clk = 0; wire [3:0] q; victim v(clk, 4\'d3, q); initial begin #9 $display("zz end"); $finish; end endmodule\n'
    const started = performance.now()
    const run = await runIcarus(host, {
      sources: [
        ['zz_top.v', bench],
        ['zz_design.v', code],
      ],
      top: 'zz_top',
      limits: { ...SIMULATION_LIMITS, cpuSeconds: 2 },
    })
    expect(performance.now() - started).toBeLessThan(30_000)
    if (run.outcome === 'ran') {
      expect(run.stdout).not.toContain('root:')
      expect(run.stdout).not.toContain(homedir())
    }
  })

  test('afterwards nothing has changed outside, no process and no box is left', async () => {
    await host.run({ files: {}, steps: [{ words: ['true'] }], limits: SIMULATION_LIMITS })
    expect(listing().filter((path) => path.includes('veritune-escaped'))).toEqual([])
    expect(listing().filter((path) => !before.includes(path) && path.includes('escaped'))).toEqual([])
    const [worker] = childrenOf(process.pid, 'tool-host-worker')
    expect(worker).toBeDefined()
    expect(childrenOf(worker!)).toEqual([])
    expect(readdirSync('/dev/shm').filter((name) => name.startsWith(`veritune-box-${worker}-`))).toEqual([])
  })
})

function functionalOf({ scores }: ScoreReport): string {
  return isScored(scores.functional) ? scores.functional.outcome : 'unscored'
}
