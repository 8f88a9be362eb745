/** What W&B keeps of a run beside its lines: names, group, tags, notes, config. */
import type { SyncWish } from '#contract/sync'
import type { StoredRun } from '#store/records'
import { serverConfig } from './config.ts'
import type { ServerRecord } from './run-files.ts'
import type { BucketInput } from './wandb-api.ts'

/** W&B takes no longer ones. */
const TAG_CHARACTERS = 64

/** What is read of a run's folder. */
export interface RunFacts {
  remarks(id: string, name: string): { readonly name: string; readonly tags: readonly string[]; readonly text: string }
  environment(id: string): Readonly<Record<string, unknown>> | null
}

export function bucketOf(
  runId: string,
  { entity, project, run: name }: ServerRecord,
  wish: SyncWish,
  { config }: StoredRun,
  facts: RunFacts,
): BucketInput {
  const { name: displayName, tags, text } = facts.remarks(runId, config.name)
  return {
    name,
    project,
    entity,
    displayName,
    groupName: wish.group,
    jobType: config.algorithm.name,
    notes: text,
    tags: tags.map((tag) => tag.slice(0, TAG_CHARACTERS)),
    config: JSON.stringify(serverConfig({ runId, config, environment: facts.environment(runId) })),
  }
}
