/**
 * What a `.wandb` file holds, as bytes: the messages of W&B's wandb_internal.proto (MIT) that an offline run needs, read from the descriptors of
 * the Python package wandb 0.31.0. Values are JSON texts.
 */
import protobuf from 'protobufjs'

const SCHEMA = `syntax = "proto3"; package wandb;
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message VersionInfo { string producer = 1; string min_consumer = 2; }
message Header { VersionInfo version_info = 1; }
message Item { string key = 1; string value_json = 16; }
message Update { repeated Item update = 1; }
message Run { string run_id = 1; string entity = 2; string project = 3; Update config = 4; string run_group = 6; string job_type = 7; string display_name = 8; string notes = 9; repeated string tags = 10; Timestamp start_time = 17; }
message Step { int64 num = 1; }
message History { repeated Item item = 1; Step step = 2; }
message Exit { int32 exit_code = 1; int32 runtime = 2; bool not_complete = 3; }
message Record { int64 num = 1; History history = 2; Update summary = 3; Run run = 17; Exit exit = 18; Header header = 21; }`

const RECORD = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('wandb.Record')

/** Oldest reader of our records, by W&B's own numbering. */
const MIN_CONSUMER = '0.17.0'

export interface OfflineRun {
  readonly id: string
  /** Empty: whoever sends it chooses. */
  readonly entity: string
  readonly project: string
  readonly name: string
  readonly group: string
  readonly jobType: string
  readonly notes: string
  readonly tags: readonly string[]
  readonly config: Readonly<Record<string, unknown>>
  readonly startedAt: Date
}

export interface OfflineEnd {
  readonly exitCode: number
  /** From the run's beginning. */
  readonly seconds: number
}

/** Kind and content of a record, before it has its number. */
export type Content = Readonly<Record<string, unknown>>

export function encoded(number: number, content: Content): Uint8Array {
  return RECORD.encode(RECORD.fromObject({ num: number, ...content })).finish()
}

export function headerContent(producer: string): Content {
  return { header: { version_info: { producer, min_consumer: MIN_CONSUMER } } }
}

export function runContent({ id, entity, project, name, group, jobType, notes, tags, config, startedAt }: OfflineRun): Content {
  return {
    run: {
      run_id: id,
      entity,
      project,
      display_name: name,
      run_group: group,
      job_type: jobType,
      notes,
      tags: [...tags],
      config: { update: itemsOf(config) },
      start_time: { seconds: Math.floor(startedAt.getTime() / 1000), nanos: (startedAt.getTime() % 1000) * 1_000_000 },
    },
  }
}

/** `line`: what the line of a step holds, its `_step` included. */
export function historyContent(line: Readonly<Record<string, unknown>>, step: number): Content {
  return { history: { item: itemsOf(line), step: { num: step } } }
}

export function summaryContent(summary: Readonly<Record<string, unknown>>): Content {
  return { summary: { update: itemsOf(summary) } }
}

/** How a run ended; null: it goes on. Without this record the tool reports a failure. */
export function exitContent(end: OfflineEnd | null): Content {
  if (end === null) return { exit: { not_complete: true } }
  return { exit: { exit_code: end.exitCode, runtime: Math.round(end.seconds) } }
}

function itemsOf(values: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value_json: JSON.stringify(value) }))
}
