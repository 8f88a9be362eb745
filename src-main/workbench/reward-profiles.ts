/** Reward profiles that a person saved: a file each, so that they can be handed on. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import { rewardProfileSchema, type RewardProfile } from '#contract/reward-profile'

/** By name. Throws Failure config.unreadable for a file that is no profile. */
export function readProfiles(folder: string): RewardProfile[] {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return files.map((name) => readProfile(join(folder, name))).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Names that differ only in what a file name cannot hold share a file. */
export function saveProfile(folder: string, profile: RewardProfile): RewardProfile[] {
  mkdirSync(folder, { recursive: true })
  const words = profile.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  const file = join(folder, `${words.replace(/^-|-$/g, '') || 'profile'}.json`)
  writeFileSync(`${file}.new`, `${JSON.stringify(profile, null, 2)}\n`)
  renameSync(`${file}.new`, file)
  return readProfiles(folder)
}

function readProfile(file: string): RewardProfile {
  try {
    return rewardProfileSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new Failure('config.unreadable', { file, reason: (error as Error).message }, { cause: error })
  }
}
