import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { keychain } from '#shell/key-keeper'
import { electron } from '#test/support/electron-double'
import { temporaryFolder } from '#test/support/temporary-folder'

const GIVEN = { key: 'secret-key', host: 'api.wandb.ai' }

beforeEach(() => {
  electron.restart()
  electron.becomeReady()
})

describe('the keychain', () => {
  test('a key is kept for the next start, for this person alone, and its file does not show it', () => {
    const file = join(temporaryFolder(), 'data/wandb-key')
    expect(keychain(file).read()).toBeNull()
    expect(keychain(file).keep(GIVEN)).toBeNull()
    expect(keychain(file).read()).toEqual(GIVEN)
    expect(readFileSync(file).includes('secret-key')).toBe(false)
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test.each(['basic_text', null] as const)('where %s is all there is nothing is kept, and why is said', (backend) => {
    electron.state.keychain = backend
    const file = join(temporaryFolder(), 'wandb-key')
    if (process.platform === 'linux' || backend === null) expect(keychain(file).keep(GIVEN)).toContain('no keychain')
    expect(keychain(file).read()).toBeNull()
    // Whoever typed it can use it until the program ends.
    if (process.platform !== 'linux' && backend !== null) return
    const keys = keychain(file)
    expect(keys.keep(GIVEN)).toBe(keys.forgottenBecause())
    expect(keys.read()).toEqual(GIVEN)
    keys.forget()
    expect(keys.read()).toBeNull()
  })

  test('a key that is forgotten is gone for the next start too', () => {
    const file = join(temporaryFolder(), 'wandb-key')
    const keys = keychain(file)
    expect(keys.forgottenBecause()).toBeNull()
    keys.keep(GIVEN)
    keys.forget()
    expect([keys.read(), keychain(file).read()]).toEqual([null, null])
  })
})
