import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/temporary-folder'
import { findTools } from '#trainer/3-scores/tools/find-tools'

/** A folder of programs: name -> body of a shell script. */
function folderOf(programs: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder()
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return folder
}

const hasShell = process.platform !== 'win32'

describe.skipIf(!hasShell)('native tools', () => {
  test('are absent where PATH has none, is empty or is not there', async () => {
    const none = { iverilog: null, vvp: null, yosys: null, verilator: null, bwrap: null }
    expect(await findTools({ PATH: temporaryFolder() })).toEqual(none)
    expect(await findTools({ PATH: '' })).toEqual(none)
    expect(await findTools({})).toEqual(none)
  })

  test('are found with path and version, in the first folder that has them', async () => {
    const [first, second] = [
      folderOf({ iverilog: 'echo "Icarus Verilog version 12.0 (stable) (s20150603)"' }),
      folderOf({ iverilog: 'echo version 99.9' }),
    ]
    const { iverilog, vvp } = await findTools({ PATH: `${temporaryFolder()}:${first}:${second}` })
    expect(iverilog).toEqual({ path: join(first, 'iverilog'), version: '12.0' })
    expect(vvp).toBeNull()
  })

  test('may say their version to either side, and end as they like', async () => {
    const folder = folderOf({ vvp: 'echo "Icarus Verilog runtime version 11.0" >&2; exit 1' })
    expect((await findTools({ PATH: folder })).vvp?.version).toBe('11.0')
  })

  test('that say no version, or are no programs, are absent', async () => {
    const folder = folderOf({ iverilog: 'echo hello', vvp: 'exit 1' })
    writeFileSync(join(folder, 'yosys'), '#!/bin/sh\necho 0.23\n')
    mkdirSync(join(folder, 'bwrap'))
    expect(await findTools({ PATH: folder })).toMatchObject({ iverilog: null, vvp: null, yosys: null, bwrap: null })
  })

  test('the script around Verilator is not asked, the program is', async () => {
    const folder = folderOf({ verilator: 'echo Verilator 4.0', verilator_bin: 'echo Verilator 5.006 2023' })
    expect((await findTools({ PATH: folder })).verilator).toEqual({ path: join(folder, 'verilator_bin'), version: '5.006' })
  })

  test.each([
    ['sleep', 'sleep 12'],
    ['do not let themselves be ended', "trap '' TERM; i=0; while [ $i -lt 12 ]; do sleep 1; i=$((i+1)); done"],
    ['never stop talking', 'yes'],
  ])('that %s instead of answering are absent, and hold nobody up', { timeout: 30_000 }, async (_, body) => {
    const started = performance.now()
    expect((await findTools({ PATH: `${folderOf({ iverilog: body })}:/usr/bin:/bin` })).iverilog).toBeNull()
    expect(performance.now() - started).toBeLessThan(9_000)
  })
})
