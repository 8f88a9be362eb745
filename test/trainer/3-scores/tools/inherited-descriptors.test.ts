import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { VICTIM } from '#test/support/hostile'
import { nativeTools } from '#test/support/native-tools'
import { temporaryFolder } from '#test/support/temporary-folder'
import { SIMULATION_LIMITS, type SandboxPlace } from '#trainer/3-scores/tools/sandbox'

const { tools, hasSimulation, reason } = await nativeTools()
const isLinux = process.platform === 'linux'
const source = (path: string): string => new URL(`../../../../src-main/trainer/3-scores/${path}.ts`, import.meta.url).href
/** Below 16 Node closes what it inherited for its children; above it does not. */
const PLACES = [5, 12, 16, 37, 120]

/** What a program prints that was started with more open files than it knows of, and what those hold in the end. */
function withOpenFiles(program: string): { printed: string; written: string } {
  const folder = temporaryFolder()
  const path = join(folder, 'secret')
  writeFileSync(join(folder, 'program.mjs'), program)
  const file = openSync(path, 'a+')
  const stdio: (number | 'ignore' | 'pipe')[] = [
    'ignore',
    'pipe',
    'pipe',
    ...Array<'ignore'>(Math.max(...PLACES) - 2).fill('ignore'),
  ]
  for (const place of PLACES) stdio[place] = file
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'program.mjs')], { stdio, encoding: 'utf8' })
  closeSync(file)
  return { printed: stdout + stderr, written: readFileSync(path, 'utf8') }
}

const LINE = `ls -l /proc/self/fd; for i in ${PLACES.join(' ')}; do echo x 2> /dev/null > /proc/self/fd/$i; done; true`
const program = (place: unknown): string => `
  import { ToolHost } from '${source('tools/tool-host')}'
  const host = new ToolHost(${JSON.stringify(place)})
  const job = { files: {}, steps: [{ words: ['sh', '-c', ${JSON.stringify(LINE)}] }], limits: ${JSON.stringify(SIMULATION_LIMITS)} }
  console.log((await host.run(job)).stdout)
  await host.close()`

/** Where the descriptors of \`ls -l\` lead, but for its own three and the folder that it lists. */
function strangers(printed: string): string[] {
  const links = [...printed.matchAll(/ (\d+) -> (.*)$/gm)].map(([, number, target]) => [Number(number), target!] as const)
  expect(links.map(([number]) => number)).toEqual(expect.arrayContaining([0, 1, 2]))
  return links
    .filter(([number, target]) => number > 2 && !/^\/proc\/\d+\/fd$/.test(target) && target !== '/dev/null')
    .map(([, target]) => target)
}

describe.skipIf(!isLinux)('files that the trainer was started with', () => {
  test.each<[string, SandboxPlace]>([
    ['without a box', { bwrapPath: null, toolFolders: [] }],
    ...(hasSimulation ? [['in a box', { bwrapPath: tools.bwrap!.path, toolFolders: [] }] as [string, SandboxPlace]] : []),
  ])('are open in no program %s, nor is the channel of its host', (_, place) => {
    const { printed, written } = withOpenFiles(program(place))
    expect(strangers(printed)).toEqual([])
    expect(written).toBe('')
  })

  test.skipIf(!hasSimulation)(`are open in no testbench${hasSimulation ? '' : ` (skipped: ${reason})`}`, () => {
    const text = `module tb; integer f, i; reg [8*24:1] name; initial begin
      for (i = 3; i < 130; i = i + 1) begin
        $sformat(name, "/proc/self/fd/%0d", i);
        f = $fopen(name, "w");
        if (f != 0) begin $fdisplay(f, "x"); $fflush(f); end
      end
      $display("Mismatches: 0 in 1 samples"); end endmodule`
    const testbench = { rule: 'mismatch-count', files: [{ name: 'tb.v', text, isSource: true }], top: 'tb', expected: null }
    const { printed, written } = withOpenFiles(`
      import { startSimulation } from '${source('simulation')}'
      const simulation = await startSimulation({ environment: process.env, isUnboxedAllowed: false })
      const task = ${JSON.stringify({ ...VICTIM, testbench })}
      console.log((await simulation.judge(task.reference, task, 1)).verdict.outcome)
      await simulation.close()`)
    expect(printed).toBe('passed\n')
    expect(written).toBe('')
  })
})
