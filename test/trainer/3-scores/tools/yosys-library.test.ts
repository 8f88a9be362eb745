import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { runYosys } from '@yowasp/yosys'
import { describe, expect, test } from 'vitest'
import { synthesise } from '#trainer/3-scores/tools/yosys'

/** As the package has it; every run of Yosys in this thread begins with it. */
async function libraryFile(): Promise<unknown> {
  const entry = pathToFileURL(createRequire(import.meta.url).resolve('@yowasp/yosys'))
  const { filesystem } = (await import(new URL('resources-yosys.js', entry).href)) as {
    filesystem: { share: Record<string, unknown> }
  }
  return filesystem.share['techmap.v']
}
const ADDER = 'module m(input [1:0] a, input [1:0] b, output [1:0] y);\n  assign y = a + b;\nendmodule'
const run = (script: string): ReturnType<typeof runYosys> =>
  runYosys(['-q', '-p', script], { 'm.v': ADDER }, { stdout: null, stderr: null })

describe('the library of the embedded Yosys', () => {
  test('is bytes before the first run, and the same bytes after a run that wrote over it', async () => {
    expect((await synthesise(ADDER, 'm')).outcome).toBe('synthesised')
    const before = await libraryFile()
    expect(before).toBeInstanceOf(Uint8Array)
    const copy = Uint8Array.from(before as Uint8Array)
    await run('read_verilog m.v; write_json /share/techmap.v; tee -q -o /share/techmap.v log forged')
    expect(await libraryFile()).toBe(before)
    expect(before).toEqual(copy)
    // Mapping to gates needs it whole.
    const files = (await run('read_verilog m.v; techmap; write_json out.json')) as Record<string, unknown>
    expect(String(files['out.json'])).toContain('$_XOR_')
  }, 60_000)
})
