import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { releaseLock, takeLock } from '#trainer/journal/run-lock'
import { temporaryFolder } from '#test/support/temporary-folder'

const now = new Date(0)
const aFile = (): string => join(temporaryFolder(), 'run.lock')
const lockOf = (pid: number, host = hostname()): string => JSON.stringify({ nonce: 'other', pid, host, startedAt: '' })

describe('the run lock', () => {
  test('refuses a second holder and names the first', () => {
    const file = aFile()
    takeLock(file, now)
    expect(() => takeLock(file, now)).toThrow(`process ${process.pid} on ${hostname()}`)
  })

  test('of a process that is gone is taken over', () => {
    const file = aFile()
    writeFileSync(file, lockOf(spawnSync(process.execPath, ['-e', '']).pid))
    expect(takeLock(file, now).pid).toBe(process.pid)
  })

  test('that is damaged is taken over', () => {
    for (const text of ['', '{"nonce":"half', '{}']) {
      const file = aFile()
      writeFileSync(file, text)
      expect(takeLock(file, now).pid).toBe(process.pid)
      expect(readdirSync(dirname(file))).toEqual(['run.lock'])
    }
  })

  test('a process that died while it took the lock over is in the way once at most', () => {
    const file = aFile()
    const gone = lockOf(spawnSync(process.execPath, ['-e', '']).pid)
    for (const name of [file, `${file}.takeover`]) writeFileSync(name, gone)
    expect(() => takeLock(file, now)).toThrow('is working on this run')
    expect(takeLock(file, now).pid).toBe(process.pid)
    expect(readdirSync(dirname(file))).toEqual(['run.lock'])
  })

  test('of a process that is gone is taken over by one, however many try at once', async () => {
    const folder = temporaryFolder()
    const gone = lockOf(spawnSync(process.execPath, ['-e', '']).pid)
    const files = Array.from({ length: 120 }, (_, i) => join(folder, `run-${i}.lock`))
    for (const file of files) writeFileSync(file, gone)
    const winners = await contend(files, 4)
    expect(files.map((file) => winners.filter((won) => won.includes(file)).length)).toEqual(files.map(() => 1))
  })

  test('of another host is believed', () => {
    const file = aFile()
    writeFileSync(file, lockOf(1, 'elsewhere'))
    expect(() => takeLock(file, now)).toThrow('on elsewhere')
  })

  test('is given back by its holder only, and leaves nothing beside it', () => {
    const file = aFile()
    const lock = takeLock(file, now)
    releaseLock(file, { ...lock, nonce: 'other' })
    expect(existsSync(file)).toBe(true)
    releaseLock(file, lock)
    expect(readdirSync(dirname(file))).toEqual([])
  })
})

/** What each of some threads got that tried to take all locks, each lock at the same moment as the others. */
async function contend(files: readonly string[], threads: number): Promise<string[][]> {
  const round = new Int32Array(new SharedArrayBuffer(4))
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('../../support/lock-contender.ts', import.meta.url), { workerData: { files, round, threads } }),
  )
  return Promise.all(
    workers.map(async (worker) => {
      const [won] = (await once(worker, 'message')) as [string[]]
      await worker.terminate()
      return won
    }),
  )
}
