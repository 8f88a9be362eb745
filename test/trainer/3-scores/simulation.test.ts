import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VICTIM } from '#test/support/hostile'
import { nativeTools } from '#test/support/native-tools'
import { temporaryFolder } from '#test/support/temporary-folder'
import { childrenOf } from '#test/support/traces'
import { importedTask } from '#test/support/verilog'
import { startSimulation, type Simulation } from '#trainer/3-scores/simulation'
import type { NativeTools } from '#trainer/3-scores/tools/find-tools'

const { tools, hasSimulation, reason } = await nativeTools()
const start = (PATH = process.env.PATH, isUnboxedAllowed = false): Promise<Simulation> =>
  startSimulation({ environment: { PATH }, isUnboxedAllowed })

/** A PATH with these tools only. */
function pathWith(...names: (keyof NativeTools)[]): string {
  const bin = join(temporaryFolder(), 'bin')
  mkdirSync(bin)
  for (const name of names) symlinkSync(tools[name]!.path, join(bin, name === 'verilator' ? 'verilator_bin' : name))
  return bin
}

test('without Icarus there is no simulation, and the remedy says what to install', async () => {
  await expect(start(temporaryFolder())).rejects.toMatchObject({
    code: 'tool.missing',
    message: expect.stringContaining('Icarus Verilog'),
    remedy: expect.stringContaining('apt install iverilog'),
  })
})

describe.skipIf(!hasSimulation)(hasSimulation ? 'simulation' : `simulation (skipped: ${reason})`, () => {
  let simulation: Simulation
  beforeAll(async () => {
    simulation = await start()
  })
  afterAll(() => simulation.close())

  test('without a sandbox there is none, unless a person allowed it', async () => {
    const path = pathWith('iverilog', 'vvp')
    await expect(start(path)).rejects.toMatchObject({ code: 'tool.missing', message: expect.stringContaining('Bubblewrap') })
    const allowed = await start(path, true)
    expect(allowed.tools).toEqual({ iverilog: tools.iverilog!.version, sandbox: 'none' })
    expect((await allowed.judge(VICTIM.reference, VICTIM, 1)).verdict.outcome).toBe('passed')
    await allowed.close()
  })

  test('where the sandbox is allowed to be left out but is there, it is used', async () => {
    const allowed = await start(process.env.PATH, true)
    expect(allowed.tools.sandbox).toBe(`bubblewrap ${tools.bwrap!.version}`)
    await allowed.close()
  })

  test('simulates a design once for all completions that hold it, and again for another seed, task or text', async () => {
    const judge = (code = VICTIM.reference, task = VICTIM, seed = 1): ReturnType<Simulation['judge']> =>
      simulation.judge(code, task, seed)
    const first = await judge()
    expect(await judge()).toBe(first)
    const others = [
      await judge(`${VICTIM.reference}\n`),
      await judge(VICTIM.reference, { ...VICTIM, id: 'another' }),
      await judge(VICTIM.reference, VICTIM, 2),
    ]
    for (const other of others) expect(other).not.toBe(first)
  })

  test('what the machine may be to blame for is tried again', async () => {
    const endless = VICTIM.reference.replace('endmodule', 'initial while (1) ;\nendmodule')
    const first = await simulation.judge(endless, VICTIM, 1)
    expect(first.verdict.outcome).toBe('timeout')
    expect(await simulation.judge(endless, VICTIM, 1)).not.toBe(first)
  }, 60_000)

  test('judges by our testbench, or by the task’s own where it has one', async () => {
    expect((await simulation.judge(VICTIM.reference, VICTIM, 1)).verdict).toMatchObject({ outcome: 'passed', cycles: 160 })
    const text = 'module tb; initial $display("Mismatches: 3 in 9 samples"); endmodule\n'
    const testbench = {
      rule: 'mismatch-count',
      files: [{ name: 'tb.v', text, isSource: true }],
      top: 'tb',
      expected: null,
    } as const
    const task = { ...VICTIM, testbench: { ...testbench, files: [...testbench.files] } }
    expect((await simulation.judge(VICTIM.reference, task, 1)).verdict).toMatchObject({
      outcome: 'failed',
      matchingCycles: 6,
      cycles: 9,
    })
  })

  test('says what it cannot judge, and is to blame for it itself', async () => {
    const nothing = importedTask(null)
    expect((await simulation.judge('module m; endmodule', nothing, 1)).verdict).toMatchObject({
      outcome: 'unusable',
      reason: expect.stringContaining('neither a reference nor a testbench'),
    })
    const broken = { ...VICTIM, id: 'broken', reference: VICTIM.reference.replace('<= d', '<= ;') }
    expect((await simulation.judge(VICTIM.reference, broken, 1)).verdict).toMatchObject({
      outcome: 'unusable',
      reason: expect.stringContaining('the reference of task broken'),
    })
  })

  test.skipIf(tools.yosys === null)('brings native Yosys’ netlist, and none where the design did not compile', async () => {
    const { synthesis } = await simulation.judge(VICTIM.reference, VICTIM, 1)
    expect(synthesis?.version).toBe(tools.yosys!.version)
    expect(JSON.parse(synthesis!.json!)).toHaveProperty('modules.victim')
    expect((await simulation.judge(VICTIM.reference.replace('<= d', '<= ;'), VICTIM, 1)).synthesis).toBeNull()
  })

  test('many at once are each judged for themselves', { timeout: 60_000 }, async () => {
    const designs = Array.from({ length: 24 }, (_, i) =>
      VICTIM.reference.replace('<= d', i % 2 === 0 ? '<= d' : `<= d ^ ${i % 16}`),
    )
    const verdicts = await Promise.all(designs.map((design) => simulation.judge(design, VICTIM, 1)))
    expect(verdicts.map(({ verdict }) => verdict.outcome)).toEqual(designs.map((_, i) => (i % 2 === 0 ? 'passed' : 'failed')))
  })

  test('a reference that was interrupted is simulated again for the next design', { timeout: 30_000 }, async () => {
    const before = childrenOf(process.pid, 'tool-host-worker')
    const own = await start()
    const [worker] = childrenOf(process.pid, 'tool-host-worker').filter((pid) => !before.includes(pid))
    const interrupted = own.judge(VICTIM.reference, VICTIM, 1)
    process.kill(worker!, 'SIGKILL')
    expect((await interrupted).verdict).toMatchObject({
      outcome: 'unusable',
      reason: expect.stringContaining('the tool host ended'),
    })
    expect((await own.judge(VICTIM.reference, VICTIM, 1)).verdict.outcome).toBe('passed')
    await own.close()
  })
})
