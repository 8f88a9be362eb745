import { describe, expect, test } from 'vitest'
import { FIRST_SYNC_SETTINGS, type LoginProof } from '#contract/sync'
import { isForgettable, keyWords, proofWords, strangerWords } from '../../../src-renderer/pages/settings/sync-settings-words.ts'

const keyInUse = { host: 'wandb.lab', source: 'keychain', forgottenBecause: null } as const
const proof: LoginProof = { keyInUse, entity: 'ada', teams: ['team'], project: 'there', problem: null }

describe('what is said of the key', () => {
  test('where it comes from, and how long one that is typed is kept', () => {
    expect(keyWords(keyInUse)).toBe(
      'Key in use for wandb.lab: the one in the system’s keychain. One that is typed is kept in the system’s keychain.',
    )
    expect(keyWords({ ...keyInUse, source: null, forgottenBecause: 'a browser has no keychain' })).toBe(
      'There is no key for wandb.lab. One that is typed is forgotten with the end of VeriTune: a browser has no keychain.',
    )
    for (const [source, word] of [
      ['environment', 'WANDB_API_KEY'],
      ['netrc', '~/.netrc'],
      ['typed', 'typed here'],
    ] as const)
      expect(keyWords({ ...keyInUse, source })).toContain(word)
  })

  test('only a key that was given here can be forgotten here', () => {
    const sources = ['typed', 'keychain', 'environment', 'netrc', null] as const
    expect(sources.filter((source) => isForgettable({ ...keyInUse, source }))).toEqual(['typed', 'keychain'])
  })
})

describe('what the server said', () => {
  test('whose key it is, and whether the project is there or will be made', () => {
    const settings = { ...FIRST_SYNC_SETTINGS, project: 'verilog' }
    expect(proofWords(proof, settings)).toBe('wandb.lab takes the key: it is ada’s. Teams: team. ada/verilog is there.')
    expect(proofWords({ ...proof, project: 'absent' }, { ...settings, entity: 'team' })).toBe(
      'wandb.lab takes the key: it is ada’s. Teams: team. team/verilog is not there yet; the first run makes it.',
    )
    expect(proofWords({ ...proof, entity: null, teams: [], project: null }, settings)).toBe('wandb.lab takes the key.')
  })

  test('an account that the key has nothing to do with is named with those that it has', () => {
    const absent = { ...proof, project: 'absent' } as const
    expect(strangerWords(absent, 'adda')).toBe('The key is not of adda. Name one of its own: ada, team.')
    expect(proofWords(absent, { ...FIRST_SYNC_SETTINGS, entity: 'adda' })).toBe(
      'wandb.lab takes the key: it is ada’s. Teams: team.',
    )
    for (const named of [null, 'ada', 'team']) expect(strangerWords(absent, named)).toBe('')
    // An open project of somebody else.
    expect(strangerWords(proof, 'adda')).toBe('')
  })
})
