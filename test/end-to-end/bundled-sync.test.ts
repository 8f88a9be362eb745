/**
 * The program that sends runs as a desktop package carries it, by its recipe: the bundle, SQLite and Node, in a folder of their own. Nothing of the
 * checkout is within reach.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askLogin, startSync } from '#launch/sync-process'
import { readStatus } from '#sync/run-files'
import { bringResources, recipeFor } from '#test/support/package-folder'
import { personWith } from '#test/support/person'
import { aJournal, started, stepFinished } from '#test/support/run-builders'
import { QUICK, writeWishedRun } from '#test/support/sync-runs'
import { temporaryFolder } from '#test/support/temporary-folder'
import { KEY, startWandbServer } from '#test/support/wandb-server'
import { buildSync } from '../../scripts/build-sync.mjs'

const PATIENCE_MS = 120_000

const folder = mkdtempSync(join(tmpdir(), 'veritune-package-'))
const location = {
  nodePath: join(folder, process.platform === 'win32' ? 'node/node.exe' : 'node/node'),
  syncPath: join(folder, 'sync/main.js'),
}

beforeAll(async () => {
  await buildSync(join(folder, 'built'))
  bringResources(recipeFor(process.platform, process.arch), folder, { 'out/sync': join(folder, 'built') })
}, PATIENCE_MS)

afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

describe('the bundled program that sends runs', { timeout: PATIENCE_MS }, () => {
  test('sends what is wished with the key that it is given, and ends', async () => {
    personWith({ WANDB_API_KEY: undefined })
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const events = aJournal([started(), stepFinished(1), stepFinished(2), { type: 'run.ended', step: 2, outcome: 'finished' }])
    const directory = writeWishedRun(home, 'a', events, server)
    const given = { key: KEY, host: new URL(server.baseUrl).host }
    const child = await startSync(location, home, join(home, 'sync.log'), { given, pace: { ...QUICK } }, () => {})
    await once(child, 'exit')
    expect(readStatus(directory)).toMatchObject({ state: 'confirmed', lines: 3, problem: null })
    expect(server.runs.get('ada/verilog/a')!.lines.size).toBe(3)
  })

  test('finds a key where `wandb login` leaves it', async () => {
    const person = personWith({ WANDB_API_KEY: undefined })
    const server = await startWandbServer()
    const ask = { key: null, baseUrl: server.baseUrl, proof: { entity: null, project: 'verilog' } }
    expect(await askLogin(location, ask)).toMatchObject({ failure: { code: 'sync.no-key' } })
    writeFileSync(join(person, '.netrc'), `machine ${new URL(server.baseUrl).host}\n  login user\n  password ${KEY}\n`)
    expect(await askLogin(location, ask)).toMatchObject({ key: KEY, entity: 'ada', project: 'absent' })
  })
})
