/** Downloads against a real HTTP server: what arrives is whole and true, or is not there and was explained. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Failure, type FailureCode } from '#contract/failure'
import { modelSourceSchema } from '#contract/model-download'
import { downloadModel, folderName } from '#models/download-model'
import { Hub, hubEndpoint } from '#models/hub'
import { startHub, type HubServer } from '#test/support/hub-server'
import { temporaryFolder } from '#test/support/temporary-folder'

const WEIGHTS = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) % 251))
const FILES = {
  'config.json': Buffer.from('{"model_type":"llama"}'),
  'tokenizer.json': Buffer.from('{"model":{}}'),
  'README.md': Buffer.from('# Tiny\n'),
  'model.safetensors': WEIGHTS,
  'pytorch_model.bin': Buffer.from('pickle'),
  'onnx/model.json': Buffer.from('{}'),
}

const SILENCE_MS = 500

interface Try {
  readonly folder: string
  readonly waits: number[]
  readonly reached: number[]
  run(): ReturnType<typeof downloadModel>
}

function aTry(server: Pick<HubServer, 'endpoint'>, options: { token?: string; folder?: string; stop?: AbortSignal } = {}): Try {
  const folder = options.folder ?? join(temporaryFolder(), 'tiny')
  const waits: number[] = []
  const reached: number[] = []
  const wait = async (milliseconds: number): Promise<void> => void waits.push(milliseconds)
  const stop = options.stop ?? new AbortController().signal
  const hub = new Hub({ endpoint: server.endpoint, token: options.token ?? null, wait, silenceMs: SILENCE_MS, stop })
  const onProgress = (_file: string | null, doneBytes: number): void => void reached.push(doneBytes)
  return {
    folder,
    waits,
    reached,
    run: () => downloadModel(hub, { repository: 'acme/tiny', revision: 'main', folder, onProgress, stop }),
  }
}

async function failureOf(run: () => Promise<unknown>, code: FailureCode): Promise<Failure> {
  const error = await run().then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(Failure)
  expect((error as Failure).code).toBe(code)
  return error as Failure
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('a download', () => {
  test('brings the model’s files, leaves pickled weights where they are, and records the commit and every SHA-256', async () => {
    const server = await startHub(FILES)
    const { folder, run } = aTry(server)
    const { skipped, totalBytes } = await run()
    expect(readdirSync(folder).toSorted()).toEqual([
      'README.md',
      'config.json',
      'model.safetensors',
      'source.json',
      'tokenizer.json',
    ])
    expect(readFileSync(join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true)
    expect(skipped).toEqual(['pytorch_model.bin'])
    expect(totalBytes).toBe(22 + 12 + 7 + 300_000)
    const source = modelSourceSchema.parse(JSON.parse(readFileSync(join(folder, 'source.json'), 'utf8')))
    expect(source).toMatchObject({ origin: `${server.endpoint}/acme/tiny`, revision: 'a'.repeat(40), licence: 'mit' })
    expect(source.files['config.json']).toBe(createHash('sha256').update(FILES['config.json']).digest('hex'))
    expect(existsSync(`${folder}.download`)).toBe(false)
  })

  test('goes on where a cut connection ended, again and again, and waits before each try', async () => {
    const server = await startHub(FILES)
    server.behaviour.cuts = 8
    const { folder, run, waits } = aTry(server)
    await run()
    expect(readFileSync(join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true)
    const ranges = server.seen.filter(({ where }) => where === 'store').map(({ range }) => Number(/\d+/.exec(range ?? '0')![0]))
    expect(ranges).toHaveLength(9)
    expect(ranges.slice(1).every((start, i) => start > ranges[i]!)).toBe(true)
    // Each try came further, so none counts as the second failure in a row.
    expect(waits).toEqual(Array.from({ length: 8 }, () => 1000))
  })

  test('of another process goes on where the first was stopped', async () => {
    const server = await startHub(FILES)
    server.behaviour.cuts = 1
    const first = new AbortController()
    const cut = aTry(server, { stop: first.signal })
    const hub = new Hub({
      endpoint: server.endpoint,
      token: null,
      wait: async () => first.abort(new Error('stopped')),
      silenceMs: 2_000,
      stop: first.signal,
    })
    const order = { repository: 'acme/tiny', revision: 'main', folder: cut.folder, onProgress: () => {}, stop: first.signal }
    await expect(downloadModel(hub, order)).rejects.toThrow('stopped')
    expect(existsSync(cut.folder)).toBe(false)
    server.seen.length = 0
    await aTry(server, { folder: cut.folder }).run()
    expect(readFileSync(join(cut.folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true)
    const fetched = server.seen.filter(({ path }) => path.includes('/resolve/') || path.startsWith('/model'))
    expect(fetched.map(({ range }) => range)).toEqual([`bytes=150000-`, `bytes=150000-`])
  })

  test('cuts a connection that has fallen silent and goes on', async () => {
    const server = await startHub(FILES)
    server.behaviour.stalls = 1
    const { folder, run, waits } = aTry(server)
    await run()
    expect(readFileSync(join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true)
    expect(waits).toEqual([1000])
  })

  test('begins a file anew where the server ignores ranges', async () => {
    const server = await startHub(FILES)
    server.behaviour.cuts = 1
    server.behaviour.ignoresRange = true
    const { folder, run, reached } = aTry(server)
    await run()
    expect(readFileSync(join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true)
    expect(Math.max(...reached)).toBe(22 + 12 + 7 + 300_000)
  })

  test('that is there already asks for no file again', async () => {
    const server = await startHub(FILES)
    const { folder, run } = aTry(server)
    await run()
    server.seen.length = 0
    await aTry(server, { folder }).run()
    expect(server.seen.filter(({ path }) => path.includes('/resolve/'))).toEqual([])
  })

  test('never writes into a folder that holds something else', async () => {
    const server = await startHub(FILES)
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'mine.txt'), 'mine')
    expect((await failureOf(aTry(server, { folder }).run, 'download.occupied')).sentence).toContain('--out')
    expect(readdirSync(folder)).toEqual(['mine.txt'])
  })

  test('sends the token to the hub and never to the store that it redirects to', async () => {
    const server = await startHub(FILES)
    await aTry(server, { token: 'hf_secret' }).run()
    const sentTo = (where: string): Set<string | undefined> =>
      new Set(server.seen.filter((seen) => seen.where === where).map(({ authorization }) => authorization))
    expect(sentTo('hub')).toEqual(new Set(['Bearer hf_secret']))
    expect(sentTo('store')).toEqual(new Set([undefined]))
  })
})

describe('what goes wrong is said', () => {
  test('a checksum that differs: the file is deleted, the folder gets no name, and the next try is whole', async () => {
    const server = await startHub(FILES)
    server.behaviour.swapped = { 'model.safetensors': Buffer.from(WEIGHTS).fill(7, 1000, 1001) }
    const { folder, run } = aTry(server)
    const failure = await failureOf(run, 'download.corrupt')
    expect(failure.message).toContain('model.safetensors')
    expect(existsSync(folder)).toBe(false)
    expect(readdirSync(`${folder}.download`).filter((name) => name.startsWith('model'))).toEqual([])
    server.behaviour.swapped = {}
    await aTry(server, { folder }).run()
    expect(readFileSync(join(folder, 'model.safetensors')).equals(WEIGHTS)).toBe(true)
  })

  test('a small file is checked by its Git checksum', async () => {
    const server = await startHub(FILES)
    server.behaviour.swapped = { 'config.json': Buffer.from('{"model_type":"other"}') }
    expect((await failureOf(aTry(server).run, 'download.corrupt')).message).toContain('config.json')
  })

  test.each([
    [401, undefined, 'only for people who have logged in', 'HF_TOKEN'],
    [401, 'hf_secret', 'HF_TOKEN is not valid', 'local folder'],
    [403, 'hf_secret', 'has no access', 'Ask for access'],
  ])('status %i with the token %s', async (status, token, reason, remedy) => {
    const server = await startHub(FILES)
    server.behaviour.status = status
    const failure = await failureOf(aTry(server, token === undefined ? {} : { token }).run, 'download.refused')
    expect(failure.message).toContain(reason)
    expect(failure.remedy).toContain(remedy)
    expect(failure.sentence).not.toContain('hf_secret')
  })

  test('a name that the hub does not know', async () => {
    const server = await startHub(FILES)
    server.behaviour.status = 404
    expect((await failureOf(aTry(server).run, 'download.missing')).message).toContain('acme/tiny with the revision main')
  })

  test('a hub that cannot be reached: five tries with growing waits, then a local folder is the way', async () => {
    const nowhere = aTry({ endpoint: `http://127.0.0.1:${await freePort()}` })
    const failure = await failureOf(nowhere.run, 'download.unreachable')
    expect(failure.sentence).toMatch(/^127\.0\.0\.1:\d+ cannot be reached: it takes no connection\. Paste a local folder instead/)
    expect(nowhere.waits).toEqual([1000, 2000, 4000, 8000])
  })

  test('an overloaded hub is asked again', async () => {
    const server = await startHub(FILES)
    server.behaviour.status = 503
    const { run, waits } = aTry(server)
    expect((await failureOf(run, 'download.unreachable')).message).toContain('it answers 503')
    expect(waits).toHaveLength(4)
  })

  test.each(['../x.json', '/etc/x.json', 'a/../../x.json', 'C:\\x.json', 'a\u0000.json'])(
    'a list that names %j is not followed',
    async (path) => {
      const server = await startHub(FILES)
      server.behaviour.listed = [{ type: 'file', path, size: 2, oid: 'b'.repeat(40) }]
      const { folder, run } = aTry(server)
      expect((await failureOf(run, 'download.untrusted')).message).toContain('its list names the file')
      expect(existsSync(`${folder}.download`)).toBe(false)
    },
  )

  test('a repository with pickled weights alone', async () => {
    const server = await startHub({ 'config.json': FILES['config.json'], 'pytorch_model.bin': Buffer.from('pickle') })
    const failure = await failureOf(aTry(server).run, 'download.no-weights')
    expect(failure.message).toContain('only pytorch_model.bin, which is never fetched')
    expect(failure.remedy).toContain('safe_serialization=True')
  })

  test('a disk without room, before anything is fetched', async () => {
    const server = await startHub(FILES)
    server.behaviour.listed = [
      {
        type: 'file',
        path: 'model-00002-of-00002.safetensors',
        size: 1e17,
        oid: 'b'.repeat(40),
        lfs: { oid: 'c'.repeat(64), size: 1e17 },
      },
    ]
    expect((await failureOf(aTry(server).run, 'download.no-space')).message).toContain('100000000.')
    expect(server.seen.filter(({ path }) => path.includes('/resolve/'))).toEqual([])
  })

  test('a file that is longer than its list says', async () => {
    const server = await startHub(FILES)
    server.behaviour.swapped = { 'model.safetensors': Buffer.concat([WEIGHTS, WEIGHTS]) }
    expect((await failureOf(aTry(server).run, 'download.untrusted')).message).toContain('longer than its list says')
  })

  test('names that are not owner/name', () => {
    for (const name of ['tiny', 'acme/../tiny', '../tiny', 'acme/tiny/x', 'acme/.ssh', ''])
      expect(() => folderName(name), name).toThrow('owner/name')
    expect(folderName('acme/tiny-1.5')).toBe('acme--tiny-1.5')
  })

  test('an endpoint whose traffic others could read', () => {
    expect(hubEndpoint({})).toBe('https://huggingface.co')
    expect(hubEndpoint({ HF_ENDPOINT: 'http://127.0.0.1:8080/' })).toBe('http://127.0.0.1:8080')
    for (const HF_ENDPOINT of ['http://hub.example', 'file:///x', 'hub.example'])
      expect(() => hubEndpoint({ HF_ENDPOINT })).toThrow('https://')
  })
})

test('an empty folder may be given', async () => {
  const server = await startHub(FILES)
  const folder = join(temporaryFolder(), 'empty')
  mkdirSync(folder)
  await aTry(server, { folder }).run()
  expect(existsSync(join(folder, 'source.json'))).toBe(true)
})
