import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { spawnSync } from 'node:child_process'
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
