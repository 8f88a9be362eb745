import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Failure } from '#contract/failure'
import { openDatabase } from '#store/database'
import { MIGRATIONS } from '#store/migrations'
import { openStore } from '#store/store'
import { aConfig } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

describe('the store’s thread', () => {
  test('keeps what it was given after it is closed and opened again', async () => {
    const file = join(temporaryFolder(), 'deep/store.sqlite')
    const first = await openStore(file)
    await first.addRun({ id: 'a', config: aConfig(), createdAt: '2026-01-01T00:00:00.000Z' })
    await first.close()
    const second = await openStore(file)
    expect((await second.runs()).map(({ id }) => id)).toEqual(['a'])
    await second.close()
  })

  test('hands a Failure over as a Failure', async () => {
    const file = join(temporaryFolder(), 'store.sqlite')
    openDatabase(file, [...MIGRATIONS, 'CREATE TABLE later (x)']).close()
    const failure = await openStore(file).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Failure)
    expect((failure as Failure).code).toBe('store.newer-schema')
  })

  test('refuses calls once it is closed', async () => {
    const store = await openStore(join(temporaryFolder(), 'store.sqlite'))
    await store.close()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await expect(store.runs()).rejects.toThrow('closed')
  })
})
