import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DownloadProgress } from '#contract/model-download'
import { Downloads } from '#models/downloads'
import { errorRecord } from '#workbench/answer-call'
import { startHub } from '#test/support/hub-server'
import { temporaryFolder } from '#test/support/temporary-folder'

const FILES = { 'config.json': Buffer.from('{}'), 'model.safetensors': Buffer.alloc(200_000, 7) }
const REQUEST = { repository: 'acme/tiny', revision: 'main', folder: null }

function theDownloads(endpoint: string): { downloads: Downloads; told: DownloadProgress[]; folder: string } {
  const [modelsFolder, told] = [temporaryFolder(), [] as DownloadProgress[]]
  const tell = (progress: DownloadProgress): void => void told.push(progress)
  const downloads = new Downloads({ modelsFolder, environment: { HF_ENDPOINT: endpoint }, tell, errorRecord })
  return { downloads, told, folder: join(modelsFolder, 'acme--tiny') }
}

test('a download tells its beginning and its end, and is then no longer under way', async () => {
  const { downloads, told, folder } = theDownloads((await startHub(FILES)).endpoint)
  await downloads.run(REQUEST)
  expect(told[0]).toMatchObject({ folder, end: null })
  expect(told.at(-1)).toMatchObject({ folder, end: 'done', doneBytes: 200_002, totalBytes: 200_002 })
  expect(downloads.progress).toEqual([])
})

test('a download that was cancelled half-way leaves no model, and goes on when it is asked for again', async () => {
  const hub = await startHub(FILES)
  hub.behaviour.stalls = 1
  const { downloads, told, folder } = theDownloads(hub.endpoint)
  const finished = downloads.run(REQUEST)
  finished.catch(() => {})
  await expect.poll(() => downloads.progress[0]?.doneBytes ?? 0).toBeGreaterThan(1000)
  await downloads.cancel(folder)
  await expect(finished).rejects.toMatchObject({ code: 'download.cancelled' })
  expect(told.at(-1)).toMatchObject({ end: 'cancelled' })
  expect(existsSync(folder)).toBe(false)
  await downloads.run(REQUEST)
  expect(hub.seen.findLast(({ where }) => where === 'store')?.range).toMatch(/^bytes=\d{5,}-$/)
  expect(existsSync(join(folder, 'model.safetensors'))).toBe(true)
})

test('a download that fails tells why, in the words of its error', async () => {
  const hub = await startHub(FILES)
  hub.behaviour.status = 404
  const { downloads, told } = theDownloads(hub.endpoint)
  await expect(downloads.run(REQUEST)).rejects.toMatchObject({ code: 'download.missing' })
  expect(told.at(-1)?.end).toMatchObject({ code: 'download.missing' })
})

test('to cancel what nobody downloads is nothing', async () => {
  const { downloads, told } = theDownloads('https://hub.invalid')
  await downloads.cancel('/nowhere')
  expect(told).toEqual([])
})
