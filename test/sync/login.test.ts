import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { askLogin } from '#launch/sync-process'
import { trainerEnvironment } from '#launch/trainer-process'
import { personWith } from '#test/support/person'
import { REPOSITORY } from '#test/support/run-builders'
import { KEY, startWandbServer } from '#test/support/wandb-server'

const LOCATION = { nodePath: process.execPath, syncPath: join(REPOSITORY, 'src-main/sync/main.ts') }

describe.skipIf(!isInstalled())('the log-in (skipped where npm has not installed @wandb/sdk)', () => {
  test('a key is found where `wandb login` leaves it, and the server says whose it is', async () => {
    const server = await startWandbServer()
    const home = personWith({ WANDB_API_KEY: undefined })
    const ask = { key: null, baseUrl: server.baseUrl, proof: { entity: null, project: 'verilog' } }
    expect(await askLogin(LOCATION, ask)).toMatchObject({ failure: { code: 'sync.no-key' } })
    writeFileSync(join(home, '.netrc'), `machine ${new URL(server.baseUrl).host}\n  login user\n  password ${KEY}\n`)
    expect(await askLogin(LOCATION, ask)).toEqual({
      key: KEY,
      entity: 'ada',
      teams: ['team'],
      project: 'absent',
      placeFailure: null,
    })
    expect(await askLogin(LOCATION, { ...ask, key: 'wrong' })).toMatchObject({ failure: { code: 'sync.key-refused' } })
    // Nothing but the questions whose key it is and whether the project is there.
    expect(server.requests.map(({ body }) => (JSON.parse(body) as { operationName: string }).operationName)).toEqual([
      'Viewer',
      'ProjectDetails',
      'Viewer',
    ])
    const before = server.requests.length
    expect(await askLogin(LOCATION, { ...ask, proof: null })).toMatchObject({ key: KEY, entity: null })
    expect(server.requests.length).toBe(before)
  })
})

describe('the key of a person', () => {
  test('is in the environment of no trainer', () => {
    personWith({ WANDB_API_KEY: KEY })
    const environment = trainerEnvironment({ nodePath: '', trainerPath: '', resourcesPath: '' })
    expect(Object.values(environment)).not.toContain(KEY)
  })
})

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('@wandb/sdk')
    return true
  } catch {
    return false
  }
}
