import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkoutLocations } from '#workbench/locations'
import { homeCheck, homeFinding, memoryFinding } from '#doctor/machine'
import { electronFinding, nodeFinding, starterFilesCheck } from '#doctor/installation'
import { doctorReport } from '#doctor/report'
import { readChecks } from '#doctor/trainer-checks'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

describe('the doctor', () => {
  test('looks at machine, installation and trainer; each check that is not good says what helps', async () => {
    const { checks } = await doctorReport({ home: temporaryFolder(), ...checkoutLocations(REPOSITORY) })
    const names = checks.map(({ name }) => name)
    for (const name of ['Node', 'Data folder', 'Memory', 'Store (SQLite)', 'Embedded engine (ONNX Runtime)', 'Starter tasks']) {
      expect(names).toContain(name)
    }
    expect(new Set(names).size).toBe(names.length)
    expect(checks.filter(({ state, remedy }) => (state === 'good') !== (remedy === ''))).toEqual([])
  })

  test('says why there are no checks of a trainer that does not start, and still tells the rest', async () => {
    const folder = temporaryFolder()
    const trainerPath = join(folder, 'broken.ts')
    writeFileSync(trainerPath, 'console.error("cannot load it"); process.exit(1)')
    const { checks } = await doctorReport({ home: folder, ...checkoutLocations(REPOSITORY), trainerPath })
    expect(checks.at(-1)).toMatchObject({ name: 'Trainer', state: 'bad', finding: 'it does not start: cannot load it' })
    expect(checks[0]).toMatchObject({ name: 'Node', state: 'good' })
  })

  test('warns before a disk is full, and calls one bad that is', () => {
    expect([9e9, 1e9, 1e8].map((bytes) => homeFinding('/home', bytes).state)).toEqual(['good', 'warning', 'bad'])
  })

  test('looks at the folder above where the data folder is not made yet', async () => {
    expect(await homeCheck(join(temporaryFolder(), 'not/yet'))).toMatchObject({
      finding: expect.stringContaining('free') as string,
    })
  })

  test('warns where a run would not fit into memory', () => {
    expect(memoryFinding(16e9, 8e9, 2e9).state).toBe('good')
    expect(memoryFinding(4e9, 1e9, 0.5e9)).toMatchObject({ state: 'warning', finding: '1.0 GB available of 4.0 GB' })
  })

  test('another Node than 24 is bad', () => {
    expect(nodeFinding('v24.21.0', '/node').state).toBe('good')
    expect(nodeFinding('v20.1.0', '/node')).toMatchObject({ state: 'bad', finding: 'v20.1.0 at /node; trainers need Node 24' })
  })

  test('Electron is there when its binary is, which its package names', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'package.json'), '{"version":"45.4.1"}')
    expect(electronFinding(folder).state).toBe('warning')
    writeFileSync(join(folder, 'path.txt'), 'electron')
    expect(electronFinding(folder).state).toBe('warning')
    mkdirSync(join(folder, 'dist'))
    writeFileSync(join(folder, 'dist/electron'), '')
    expect(electronFinding(folder)).toMatchObject({ state: 'good', finding: 'Electron 45.4.1' })
    expect(electronFinding(null).state).toBe('warning')
  })

  test('starter tasks that were changed are noticed, missing ones are bad', async () => {
    expect(await starterFilesCheck(join(REPOSITORY, 'resources'))).toMatchObject({ state: 'good' })
    const folder = temporaryFolder()
    expect(await starterFilesCheck(folder)).toMatchObject({ state: 'bad' })
    mkdirSync(join(folder, 'starter'))
    writeFileSync(join(folder, 'starter/tasks.jsonl'), 'changed')
    writeFileSync(join(folder, 'starter/source.json'), '{"sha256":"0000000000000000"}')
    expect(await starterFilesCheck(folder)).toMatchObject({ state: 'warning' })
  })

  test('reads the line of checks among whatever else is printed', () => {
    expect(readChecks('a library says hello\n[{"name":"x"}]\n')).toEqual([{ name: 'x' }])
    expect([readChecks(''), readChecks('[broken')]).toEqual([null, null])
  })
})
