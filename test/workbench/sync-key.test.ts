/** The key on its way from a person to the program that sends. Real processes, a server on this machine. */
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Api } from '#contract/api'
import type { RunSyncStatus } from '#contract/sync'
import type { LeaseHolder } from '#sync/lease'
import { errorRecord } from '#workbench/answer-call'
import { openWorkbench } from '#test/support/open-workbench'
import { personWith } from '#test/support/person'
import { aJournal, started, stepFinished, writeRun } from '#test/support/run-builders'
import { endSender, startSyncProcess, untilState, writeWishedRun } from '#test/support/sync-runs'
import { temporaryFolder } from '#test/support/temporary-folder'
import { filesIn } from '#test/support/traces'
import { KEY, startWandbServer, type Behaviour, type WandbServer } from '#test/support/wandb-server'

const PATIENCE_MS = 120_000
const EVENTS = aJournal([started(), stepFinished(1), stepFinished(2), { type: 'run.ended', step: 2, outcome: 'finished' }])

async function openAt(home: string, server: WandbServer): Promise<Api> {
  onTestFinished(() => endSender(home))
  const { api } = await openWorkbench(home)
  await api['sync.change']({ baseUrl: server.baseUrl, project: 'verilog' })
  return api
}

function senderOf(home: string): number {
  return (JSON.parse(readFileSync(join(home, 'sync/process.json'), 'utf8')) as LeaseHolder).pid
}

async function until(api: Api, fits: (status: RunSyncStatus) => boolean): Promise<void> {
  await expect.poll(async () => fits(await api['sync.status']('one')), { timeout: 60_000 }).toBe(true)
}

describe('the key of a person', { timeout: PATIENCE_MS }, () => {
  test('is asked for where there is none; one that is typed ends the program that sends, and another one sends what waits', async () => {
    personWith({ WANDB_API_KEY: undefined })
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    writeRun(join(home, 'runs'), 'one', EVENTS)
    const api = await openAt(home, server)
    expect(await api['sync.key']()).toMatchObject({
      source: null,
      forgottenBecause: expect.stringContaining('no keychain') as string,
    })
    await api['sync.wish']('one', { isOn: true })
    await until(api, ({ problem }) => problem !== null)
    const before = senderOf(home)
    const { keyInUse, entity, project } = await api['sync.login']({ key: KEY, baseUrl: null })
    expect([keyInUse.source, entity, project]).toEqual(['typed', 'ada', 'absent'])
    await until(api, ({ state }) => state === 'confirmed')
    expect(server.runs.get('ada/verilog/one')!.lines.size).toBe(3)
    expect(senderOf(home)).not.toBe(before)
    expect(await api['sync.login']({ key: null, baseUrl: null })).toMatchObject({
      keyInUse: { source: 'typed' },
      project: 'there',
    })
    expect((await api['sync.forget-key']()).source).toBeNull()
    await expect(api['sync.login']({ key: null, baseUrl: null })).rejects.toMatchObject({ setting: 'key' })
    const walk = (folder: string): string[] =>
      filesIn(folder).flatMap((file) => (statSync(file).isDirectory() ? walk(file) : [file]))
    for (const file of walk(home)) expect(readFileSync(file).includes(KEY), file).toBe(false)
  })

  test('also ends a program that another workbench started', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const directory = writeWishedRun(home, 'one', EVENTS, server)
    server.behaviour.insteadOf = (path) => (path.endsWith('/file_stream') ? { status: 403, body: '' } : null)
    const other = startSyncProcess(home)
    const gone = once(other, 'exit')
    await untilState(directory, ({ state }) => state === 'waits')
    personWith({ WANDB_API_KEY: undefined })
    const api = await openAt(home, server)
    server.behaviour.insteadOf = () => null
    await api['sync.login']({ key: KEY, baseUrl: null })
    await gone
    await until(api, ({ state }) => state === 'confirmed')
  })

  test('is found in the environment, where a key that was typed comes before it', async () => {
    personWith({ WANDB_API_KEY: KEY })
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const api = await openAt(home, server)
    expect((await api['sync.key']()).source).toBe('environment')
    await expect(api['sync.login']({ key: 'wrong', baseUrl: null })).rejects.toMatchObject({ code: 'sync.key-refused' })
    expect((await api['sync.key']()).source).toBe('environment')
    await api['sync.login']({ key: KEY, baseUrl: null })
    expect((await api['sync.key']()).source).toBe('typed')
    // It was typed for that server; another one never sees it.
    await api['sync.change']({ baseUrl: 'http://127.0.0.1:1' })
    expect(await api['sync.key']()).toMatchObject({ host: '127.0.0.1:1', source: 'environment' })
    await expect(api['sync.login']({ key: null, baseUrl: null })).rejects.toMatchObject({
      code: 'sync.unreachable',
      setting: 'baseUrl',
    })
  })
})

const graphql =
  (operation: string, status: number, body: string): Behaviour['insteadOf'] =>
  (_, asked) =>
    asked.includes(`"operationName":"${operation}"`) ? { status, body } : null

describe('a check of the place', { timeout: PATIENCE_MS }, () => {
  test.each<[string, Partial<Behaviour>, string, RegExp]>([
    ['no entity', { entity: null }, 'entity', /whose account.*Settings/],
    [
      'a project that is not there',
      { insteadOf: graphql('ProjectDetails', 404, '{}') },
      'project',
      /has no ada\/verilog.*Settings/,
    ],
    [
      'a permission that was revoked, said in an answer of 200',
      { insteadOf: graphql('ProjectDetails', 200, '{"errors":[{"message":"permission denied"}]}') },
      'project',
      /may not write to ada\/verilog.*Ask its owner/,
    ],
    [
      'a page of a proxy',
      { insteadOf: graphql('ProjectDetails', 403, '<html><title>Guest network</title>') },
      'baseUrl',
      /"Guest network".*HTTPS_PROXY/,
    ],
  ])('%s is one sentence and a remedy at its field, and the key that was typed is kept', async (_, behaviour, field, says) => {
    personWith({ WANDB_API_KEY: undefined })
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const api = await openAt(home, server)
    Object.assign(server.behaviour, behaviour)
    const { problem, keyInUse } = await api['sync.login']({ key: KEY, baseUrl: null })
    expect(problem!.field).toBe(field)
    expect(`${problem!.message} ${problem!.remedy}`).toMatch(says)
    expect(keyInUse.source).toBe('typed')
  })

  test('a place that W&B would not take is refused by name before anything is kept', async () => {
    const api = await openAt(temporaryFolder(), await startWandbServer())
    const refused = async (change: object): Promise<unknown> => {
      const { field, message, remedy } = errorRecord(await api['sync.change'](change).catch((error: unknown) => error))
      return [field, `${message}. ${remedy}`]
    }
    expect(await refused({ project: 'my project' })).toEqual(['project', expect.stringContaining('does not take in a name')])
    expect(await refused({ project: '' })).toEqual(['project', expect.stringContaining('must not be empty')])
    expect(await refused({ baseUrl: 'wandb.lab' })).toEqual(['baseUrl', expect.stringMatching(/is no address .*https:\/\/host/)])
    expect((await api['sync.settings']()).project).toBe('verilog')
  })
})
