/** What profiles make of scores, as the API has it. */
import { join } from 'node:path'
import type { Api } from '#contract/api'
import type { ServiceClient } from '#launch/service-client'
import type { Runs } from '#runs/runs'
import type { Emit } from './answer-call.ts'
import { configOf, readPresets } from './presets.ts'
import { RewardAttacks } from './reward-attacks.ts'
import { readProfiles, saveProfile } from './reward-profiles.ts'

interface Below {
  readonly options: { readonly home: string; readonly resourcesPath: string }
  readonly runs: Runs
  readonly service: ServiceClient
}

export type RewardMethod = Extract<keyof Api, `rewards.${string}`>

export function rewardHandlers({ options, runs, service }: Below, emit: Emit): Pick<Api, RewardMethod> {
  const profiles = join(options.home, 'reward-profiles')
  const attacks = new RewardAttacks({ service, tell: (progress) => emit('rewards.progress', progress) })
  return {
    'rewards.reweigh': async (id, profile, stepCount) => {
      await runs.assertThere(id)
      runs.refuseImported(id)
      return service.call('rewards.reweigh', { runDirectory: runs.directory(id), profile, stepCount })
    },
    'rewards.weigh': (scores, profile) => service.call('rewards.weigh', scores, profile),
    'rewards.profiles': async () => readProfiles(profiles),
    'rewards.save': async (profile) => saveProfile(profiles, profile),
    'rewards.attack': async (request, taskCount, id) => {
      const config = configOf(request, readPresets(options.resourcesPath), options)
      return attacks.run(config, taskCount, id ?? null)
    },
    'rewards.cancel': async (id) => {
      attacks.cancel(id)
      return null
    },
    'rewards.weigh-attack': (scores, profile) => service.call('rewards.weigh-attack', scores, profile),
  }
}
