import { describe, expect, test } from 'vitest'
import { aJournal, started, stepFinished } from '#test/support/run-builders'
import { QUICK, startSync, untilState, writeWishedRun } from '#test/support/sync-runs'
import { temporaryFolder } from '#test/support/temporary-folder'
import { startWandbServer, type Behaviour } from '#test/support/wandb-server'
import { baseUrlOf } from '#sync/server-keys'
import { retryDelayMs } from '#sync/pace'
import { retryAfterMs } from '#sync/request'

const STREAM = '/file_stream'
const page = { status: 403, body: '<!doctype html><html><title>Guest network</title>', headers: { 'content-type': 'text/html' } }
const denied = { status: 200, body: '{"errors":[{"message":"permission denied"}],"data":{"upsertBucket":null}}' }

interface Case {
  readonly what: string
  readonly behaviour?: Partial<Behaviour>
  readonly environment?: NodeJS.ProcessEnv
  readonly entity?: null
  readonly says: RegExp
  readonly remedy: RegExp
}

const CASES: readonly Case[] = [
  {
    what: 'a wrong key',
    environment: { WANDB_API_KEY: 'wrong' },
    says: /refuses the API key/,
    remedy: /Copy it again from http/,
  },
  { what: 'a key that no header can carry', environment: { WANDB_API_KEY: 'a\nb' }, says: /refuses the API key/, remedy: /Copy/ },
  { what: 'no key', environment: {}, says: /no API key for 127/, remedy: /WANDB_API_KEY/ },
  { what: 'no entity', behaviour: { entity: null }, entity: null, says: /whose account/, remedy: /--entity NAME/ },
  {
    what: 'a project that is not there',
    behaviour: { insteadOf: (path) => (path.endsWith(STREAM) ? { status: 404, body: '{"error":"not found"}' } : null) },
    says: /has no ada\/verilog/,
    remedy: /--project/,
  },
  {
    what: 'a permission that was revoked, said in an answer of 200',
    behaviour: { insteadOf: (_, body) => (body.includes('UpsertBucket') ? denied : null) },
    says: /may not write to ada\/verilog .*: permission denied\.$/,
    remedy: /Ask its owner/,
  },
  {
    what: 'a page of a proxy',
    behaviour: { insteadOf: () => page },
    says: /something in between .* "Guest network"/,
    remedy: /HTTPS_PROXY/,
  },
  {
    what: 'a page that comes with a 200',
    behaviour: { insteadOf: (path) => (path.endsWith(STREAM) ? { ...page, status: 200 } : null) },
    says: /something in between/,
    remedy: /Log in to the network/,
  },
  {
    what: 'a way to a log-in page',
    behaviour: { insteadOf: () => ({ status: 302, body: '', headers: { location: 'http://127.0.0.1:1/login' } }) },
    says: /something in between/,
    remedy: /Log in to the network/,
  },
  {
    what: 'an answer that nobody understands',
    behaviour: {
      insteadOf: (_, body) => (body.includes('UpsertBucket') ? { status: 200, body: '{"data":{"upsertBucket":7}}' } : null),
    },
    says: /refuses UpsertBucket .*not understood/,
    remedy: /Everything waits/,
  },
]

describe('what a server may refuse', () => {
  test.each(CASES)(
    '$what: one sentence and the remedy, and every line waits and arrives',
    async ({ behaviour, environment, entity, says, remedy }) => {
      const [home, server] = [temporaryFolder(), await startWandbServer()]
      const events = aJournal([started(), stepFinished(1), stepFinished(2), { type: 'run.ended', step: 2, outcome: 'finished' }])
      const directory = writeWishedRun(home, 'a', events, server, entity === null ? { entity } : {})
      const good = { ...server.behaviour }
      Object.assign(server.behaviour, behaviour)
      const end = startSync(home, QUICK, environment)
      const { problem, confirmed } = await untilState(directory, ({ state }) => state === 'waits')
      await end()
      expect(problem!.message).toMatch(says)
      expect(problem!.message.split(/[.!?] [A-Z]/)).toHaveLength(1)
      expect(problem!.remedy).toMatch(remedy)
      expect(confirmed).toBe(0)
      Object.assign(server.behaviour, good)
      const endAgain = startSync(home)
      await untilState(directory, ({ state }) => state === 'confirmed')
      await endAgain()
      expect(server.runs.get('ada/verilog/a')!.lines.size).toBe(3)
    },
  )

  test('waits grow to a bound, are spread by chance, and are never shorter than what the server asks for', () => {
    const pace = { ...QUICK, firstRetryMs: 100, longestRetryMs: 1_000 }
    expect([0, 1, 2, 3, 4, 60].map((attempt) => retryDelayMs(pace, attempt, null, () => 1))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ])
    expect(retryDelayMs(pace, 9, null, () => 0)).toBe(0)
    for (const chance of [0, 0.5, 1]) expect(retryDelayMs(pace, 0, 7_000, () => chance)).toBeGreaterThanOrEqual(7_000)
    expect(retryAfterMs('2', 0)).toBe(2_000)
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:09 GMT', 4_000)).toBe(5_000)
    expect([retryAfterMs(null, 0), retryAfterMs('soon', 0)]).toEqual([null, null])
  })

  test('the address of the server is the named one, else that of the environment, else the public one', () => {
    expect(baseUrlOf(null, {})).toBe('https://api.wandb.ai')
    expect(baseUrlOf(null, { WANDB_BASE_URL: 'https://wandb.lab/' })).toBe('https://wandb.lab')
    expect(baseUrlOf('http://other:8080/', { WANDB_BASE_URL: 'https://wandb.lab' })).toBe('http://other:8080')
    expect(() => baseUrlOf('file:///etc', {})).toThrow('is no address of a server')
  })
})
