/** What a run was asked to do, as W&B keeps it: each key with `{value}` around what it holds. */
import type { RunConfig } from '#contract/run-config'

export interface ConfigFacts {
  readonly runId: string
  readonly config: RunConfig
  /** As the trainer found the machine; null until it has said so. */
  readonly environment: Readonly<Record<string, unknown>> | null
}

export type ServerConfig = Readonly<Record<string, { readonly value: unknown }>>

/** Without what a stranger should not read: of paths the last part stays, of addresses no name and password. */
export function serverConfig({ runId, config, environment }: ConfigFacts): ServerConfig {
  const { reasoningJudge: judge, model, dataset, ...others } = config
  const reasoningJudge = judge === null ? null : { ...judge, baseUrl: withoutCredentials(judge.baseUrl) }
  const said = {
    ...others,
    model: lastPart(model),
    dataset: { ...dataset, id: lastPart(dataset.id) },
    reasoningJudge,
    veritune_run: runId,
    ...(environment !== null && { environment }),
  }
  return Object.fromEntries(Object.entries(said).map(([key, value]) => [key, { value }]))
}

function lastPart(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? path
}

function withoutCredentials(address: string): string {
  const url = URL.parse(address)
  if (url === null) return ''
  url.username = url.password = ''
  return url.href
}
