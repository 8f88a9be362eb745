import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { describe, expect, onTestFinished, test } from 'vitest'
import { askLogin } from '#launch/sync-process'
import { trainerEnvironment } from '#launch/trainer-process'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { KEY, startWandbServer } from '#test/support/wandb-server'

const LOCATION = { nodePath: process.execPath, syncPath: join(REPOSITORY, 'src-main/sync/main.ts') }

describe.skipIf(!isInstalled())('the log-in (skipped where npm has not installed @wandb/sdk)', () => {
  test('a key is found where `wandb login` leaves it, and the server says whose it is', async () => {
    const server = await startWandbServer()
    const home = personWith({ WANDB_API_KEY: undefined })
    const ask = { key: null, baseUrl: server.baseUrl, isProof: true }
    expect(await askLogin(LOCATION, ask)).toMatchObject({ failure: { code: 'sync.no-key' } })
    writeFileSync(join(home, '.netrc'), `machine ${new URL(server.baseUrl).host}\n  login user\n  password ${KEY}\n`)
    expect(await askLogin(LOCATION, ask)).toEqual({ key: KEY, entity: 'ada', teams: ['team'] })
    expect(await askLogin(LOCATION, { ...ask, key: 'wrong' })).toMatchObject({ failure: { code: 'sync.key-refused' } })
    // Nothing but the question whose key it is.
    expect(server.requests.map(({ body }) => (JSON.parse(body) as { operationName: string }).operationName)).toEqual([
      'Viewer',
      'Viewer',
    ])
  })
})

describe('the key of a person', () => {
  test('is in the environment of no trainer', () => {
    personWith({ WANDB_API_KEY: KEY })
    const environment = trainerEnvironment({ nodePath: '', trainerPath: '', resourcesPath: '' })
    expect(Object.values(environment)).not.toContain(KEY)
  })
})

/** Changes the environment for this test; answers the person's own folder. */
function personWith(changes: NodeJS.ProcessEnv): string {
  const home = temporaryFolder()
  const before = { ...process.env }
  Object.assign(process.env, { HOME: home })
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  onTestFinished(() => {
    process.env = before
  })
  return home
}

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('@wandb/sdk')
    return true
  } catch {
    return false
  }
}
