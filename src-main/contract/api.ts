/**
 * What a window, a browser page or a terminal can ask of the workbench, and what it is told. One map from a method's name to what it takes and gives;
 * every transport derives from it: a call is `{id, method, args}`, its answer `{id, result}` or `{id, error}`, an event `{event, payload}`.
 */
import { z } from 'zod'
import type { AllowedSources } from './allowed-sources.ts'
import type { CloneOrigin } from './clone.ts'
import { controlRequestSchema } from './control.ts'
import type { RunComparison } from './comparison.ts'
import { COMPLETION_SOURCES } from './completion-source.ts'
import { columnMappingSchema, type DatasetCheck, type ImportProblem } from './dataset-check.ts'
import type { DoctorReport } from './doctor.ts'
import { evaluationRequestSchema, type EvaluationReport } from './evaluation.ts'
import type { ExperimentPlan, ExperimentState } from './experiment.ts'
import type { Gpu } from './gpu.ts'
import type { RunActivity } from './run-activity.ts'
import { hostRequestSchema, type HostReport, type KnownHost } from './hosts.ts'
import type { JournalEvent, RolloutRecord } from './journal.ts'
import type { BrowsedTask, CheckProgress, KnownDataset } from './known-datasets.ts'
import type { KnownModel, ModelList } from './known-models.ts'
import { downloadRequestSchema, type DownloadedModel, type DownloadProgress } from './model-download.ts'
import { exportRequestSchema, type ExportReport } from './model-export.ts'
import type { ModelInspection } from './model-inspection.ts'
import { onceSchema } from './once.ts'
import { playgroundRequestSchema, type PlaygroundCompletion, type PlaygroundProgress } from './playground.ts'
import type { Preset } from './preset.ts'
import { attackScoresSchema, type AttackProgress, type AttackReport, type TriedReward } from './reward-attack.ts'
import { rewardProfileSchema, type RewardProfile } from './reward-profile.ts'
import type { ReweighReport, WeighedScores } from './reweigh.ts'
import { ROLLOUT_KINDS, type FoundRollouts } from './rollout-kinds.ts'
import type { RemoteState } from './remote-run.ts'
import type { RunParent } from './run-directory.ts'
import { runId } from './run-id.ts'
import type { RunLog } from './run-log.ts'
import { importRequestSchema, type ImportReport, type RunOrigin } from './run-origin.ts'
import type { TaskStep } from './same-task.ts'
import { MOST_BESIDE, type RunCompletions, type SharedTasks } from './shared-tasks.ts'
import { notesChangeSchema } from './run-notes.ts'
import { JUDGES, type AlgorithmName, type RunConfig } from './run-config.ts'
import { reportRequestSchema, type MadeReport, type ReportProgress } from './report.ts'
import { scoresSchema, type Outcome, type ScoreReport } from './score.ts'
import { savedViewSchema, viewName, type SavedViews } from './saved-view.ts'
import type { StepTime } from './step-time.ts'
import type { StorageReport } from './storage.ts'
import {
  loginRequestSchema,
  runSyncChangeSchema,
  type KeyInUse,
  type LoginProof,
  type RunSyncStatus,
  type SyncChange,
  type SyncSettings,
} from './sync.ts'
import { SPLITS } from './splits.ts'
import type { Task } from './task.ts'
import { TORCH_BACKENDS } from './torch-backends.ts'
import type { InstalledTorch, TorchProgress, TorchState } from './torch-environment.ts'
import { logprobsRequestSchema, type LogprobsProgress, type TokenLogprobs } from './token-logprobs.ts'
import { uploadIdSchema, uploadPartSchema } from './upload.ts'
import { offlineRequestSchema, type OfflineReport } from './wandb-offline.ts'

export type { DoctorCheck, DoctorReport } from './doctor.ts'
export type PresetInfo = Preset

export const RUN_STATUSES = [
  'queued',
  'starting',
  'running',
  'paused',
  'stopping',
  'finished',
  'stopped',
  'failed',
  'out-of-memory',
  /** The trainer is gone and said no last word. */
  'crashed',
] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

export interface RunSummary {
  readonly id: string
  readonly name: string
  readonly status: RunStatus
  readonly algorithm: AlgorithmName
  /** It learns from references alone: the algorithm never takes a step. */
  readonly isSupervised: boolean
  readonly preset: string
  /** Last finished step; 0 before the first. */
  readonly step: number
  readonly steps: number
  /** Times are ISO-UTC. */
  readonly createdAt: string
  readonly updatedAt: string
  /** First event of the journal; null before it. */
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly tags: readonly string[]
  /** A person's own words; empty without any. */
  readonly text: string
  readonly isArchived: boolean
  /** Where it was cloned from; null for a run that began from its model. */
  readonly parent: RunParent | null
  /** The program that made it; null for a run that was made here. */
  readonly origin: Pick<RunOrigin, 'tool' | 'trainer'> | null
  /** The host that it trains on, and the link to it; null for a run of this computer. */
  readonly remote: RemoteState | null
  /** pass@1 of the newest evaluation on validation tasks, with its 95 % interval; null before the first. */
  readonly evaluated: { readonly step: number; readonly passAt1: number; readonly low: number; readonly high: number } | null
  /** Median wall time of the last 20 steps; null before the first. */
  readonly secondsPerStep: number | null
  /** `train/functional_rate` over the steps, at most 120 values. */
  readonly functionalRate: readonly number[]
  /** Metrics of the last finished step. */
  readonly latest: Readonly<Record<string, number>>
}

/** How a run ended, for a person. */
export interface RunEnd {
  readonly outcome: RunStatus
  readonly reason: string | null
  readonly remedy: string | null
  /** Last lines of the trainer's log. */
  readonly stderr: readonly string[]
}

export interface RunDetail {
  readonly summary: RunSummary
  readonly config: RunConfig
  /** The profile that weighs now. */
  readonly reward: RewardProfile
  /** Versions, tools and devices as the trainer found them; null until it has written them. */
  readonly environment: Readonly<Record<string, unknown>> | null
  /** The run and the step that it was cloned from; null for a run that began from its model. */
  readonly parent: RunParent | null
  /** Of a run that another program made; null for a run that was made here. */
  readonly origin: RunOrigin | null
  /** The experiment that it belongs to; null where it stands alone. */
  readonly experiment: string | null
  /** null while the run goes on. */
  readonly end: RunEnd | null
}

/** A whole config, or a preset and what differs from it: dotted paths, e.g. `optimizer.learningRate`. */
export type RunRequest = RunConfig | { readonly preset: string; readonly overrides?: Readonly<Record<string, unknown>> }

/** One metric over the steps. */
export interface MetricColumn {
  readonly key: string
  readonly steps: readonly number[]
  readonly values: readonly number[]
}

/** One metric over the steps, gathered into points of `stepsPerPoint` steps each. */
export interface HistoryColumn {
  readonly key: string
  /** Last step of each point. */
  readonly steps: readonly number[]
  readonly means: readonly number[]
  /** Least and greatest value of each point; null where every point is one step. */
  readonly lowest: readonly number[] | null
  readonly highest: readonly number[] | null
}

/** A run so far, small enough for a screen however long it is. */
export interface RunHistory {
  /** Number of the newest event that it knows. */
  readonly lastSeq: number
  /** Last finished step. */
  readonly step: number
  readonly stepsPerPoint: number
  /** All events but `step.finished`, which are mere points of curves, in order. */
  readonly landmarks: readonly JournalEvent[]
  readonly columns: readonly HistoryColumn[]
}

/** Index entry of one rollout; its text is read with `rollouts.read`. */
export interface RolloutEntry {
  readonly step: number
  readonly index: number
  readonly group: number
  readonly taskId: string
  readonly family: string
  readonly reward: number | null
  readonly advantage: number
  readonly completionTokens: number
  readonly isTruncated: boolean
  /** Component -> value and outcome; value null = unscored. */
  readonly scores: Readonly<Record<string, { readonly value: number | null; readonly outcome: Outcome | 'unscored' }>>
}

/** The completions of a step, or of an evaluation, as they stand in their file. */
export interface StoredRollouts {
  /** Name in the run directory. */
  readonly file: string
  readonly records: readonly RolloutRecord[]
  /** Lines of the file that cannot be read. */
  readonly unreadable: number
}

/** A task without its reference and stimulus. */
export type TaskSummary = Pick<Task, 'id' | 'split' | 'family' | 'difficulty' | 'instruction' | 'moduleName'>

export interface WorkbenchInfo {
  readonly version: string
  /** Folder of all that belongs to this workbench. */
  readonly home: string
  readonly platform: string
}

interface Method<Arguments extends readonly unknown[], Output> {
  /** Checks the arguments of a call that comes from outside. */
  readonly input: z.ZodType<Arguments>
  /** Exists for the compiler only. */
  readonly output?: Output
}

const takes = <const Items extends [] | [z.core.SomeType, ...z.core.SomeType[]]>(
  ...items: Items
): { gives: <Output>() => Method<z.infer<z.ZodTuple<Items, null>>, Output> } => ({
  gives: () => ({ input: z.tuple(items as []) as unknown as z.ZodType<z.infer<z.ZodTuple<Items, null>>> }),
})

const step = z.int().min(0)
const once = onceSchema.optional()
/** Left out: training. */
const source = z.enum(COMPLETION_SOURCES).optional()
const onHost = z.string().min(1).nullable().optional()
export const cloneRequestSchema = z.strictObject({
  run: runId,
  /** null: its newest checkpoint. */
  step: step.nullable(),
  /** Dotted path -> value. */
  overrides: z.record(z.string(), z.unknown()),
})
export type CloneRequest = z.infer<typeof cloneRequestSchema>
/** Made by whoever asks: what is told, and a stop, name it. */
const questionId = z.string().min(1).max(100)
const runsBeside = z.array(runId).min(1).max(MOST_BESIDE)
/** `starter` or a path. */
const dataset = z.string().min(1)
/** Looked at by the handler, which names the wrong field. */
const runRequest = z.custom<RunRequest>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
const syncChange = z.custom<SyncChange>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
const givenPlan = z.custom<ExperimentPlan>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))

/** Each may be asked again where its answer did not come, and does nothing twice; acts that make something new take a `once` for it. */
export const API = {
  'workbench.info': takes().gives<WorkbenchInfo>(),
  'workbench.storage': takes().gives<StorageReport>(),
  'presets.list': takes().gives<PresetInfo[]>(),
  /** Newest first. */
  'runs.list': takes().gives<RunSummary[]>(),
  'runs.get': takes(runId).gives<RunDetail>(),
  /** Journal events whose number is above the second argument, in order. */
  'runs.events': takes(runId, z.int().min(0)).gives<JournalEvent[]>(),
  /** What its trainer does at this moment; null where it has not told anything. */
  'runs.activity': takes(runId).gives<RunActivity | null>(),
  /** The host that it is to train on by its name; left out or null: this computer. */
  'runs.create': takes(runRequest, once, onHost).gives<{ id: string }>(),
  /** Takes in the folder of a run that another program made, for comparison. */
  'runs.import': takes(importRequestSchema, once).gives<ImportReport>(),
  /** What a clone would begin from; step null: the newest checkpoint. */
  'runs.origin': takes(runId, step.nullable()).gives<CloneOrigin>(),
  /** A run that goes on from a checkpoint of another, with changed settings. */
  'runs.clone': takes(cloneRequestSchema, once, onHost).gives<{ id: string }>(),
  /** Name, tags, remarks, archived or not: what is left out stays. */
  'runs.note': takes(runId, notesChangeSchema).gives<RunSummary>(),
  /** Puts a run aside, which no trainer may be working on. */
  'runs.remove': takes(runId).gives<null>(),
  /** Undoes that, within 30 days. */
  'runs.restore': takes(runId).gives<RunSummary>(),
  /** How long a step of such a run takes, by what a run of this computer measured; null where none did. */
  'runs.step-time': takes(runRequest).gives<StepTime | null>(),
  /** Runs that wait for their turn, the next one first. */
  'runs.queue': takes().gives<string[]>(),
  /** Lets them wait in another order; those that are left out come after them. Gives the queue. */
  'runs.reorder': takes(z.array(runId)).gives<string[]>(),
  /** What each run's config has at a dotted path, as JSON; null where it has nothing there. */
  'runs.settings': takes(z.string().min(1)).gives<Readonly<Record<string, string | null>>>(),
  'runs.control': takes(runId, controlRequestSchema, once).gives<null>(),
  /** `acceptJudge`: go on although other tools score from here on; the journal says so. */
  'runs.resume': takes(runId, z.strictObject({ acceptJudge: z.boolean(), once }).optional()).gives<null>(),
  /** Writes a checkpoint's adapter, merged model or graph into a folder of its own. */
  'runs.export': takes(runId, exportRequestSchema).gives<ExportReport>(),
  /** Writes what the run has measured so far into a folder that W&B's own tool sends. */
  'runs.export-offline': takes(runId, offlineRequestSchema).gives<OfflineReport>(),
  /** The last so many lines that its trainer wrote for people. */
  'runs.log': takes(runId, z.int().min(1).max(2_000)).gives<RunLog>(),
  /** All rollouts of one step, or of the evaluation at a step, whole. */
  'runs.rollouts': takes(runId, step, source).gives<StoredRollouts>(),
  /** Columns of the named keys, each thinned to about maxPoints by the least and the greatest value of each part. No keys = all. */
  'metrics.read': takes(runId, z.array(z.string()), z.int().min(2).max(1_000_000)).gives<MetricColumn[]>(),
  /** Columns of the named keys over the steps from one to another, in at most so many points. */
  'metrics.stretch': takes(runId, z.array(z.string()), step, step, z.int().min(2).max(100_000)).gives<HistoryColumn[]>(),
  /** Columns of several runs in points of the same steps: each the mean of its stretch, at most so many. By run. */
  'metrics.together': takes(z.array(runId).max(512), z.array(z.string()), z.int().min(2).max(100_000)).gives<
    Readonly<Record<string, readonly MetricColumn[]>>
  >(),
  /** The same of the steps from one to another alone. */
  'metrics.stretch-together': takes(z.array(runId).max(512), z.array(z.string()), step, step, z.int().min(2).max(100_000)).gives<
    Readonly<Record<string, readonly MetricColumn[]>>
  >(),
  /** Landmarks, and columns of the named keys in at most so many points: what a screen reads before it listens to `run.events`. */
  'runs.history': takes(runId, z.array(z.string()), z.int().min(2).max(100_000)).gives<RunHistory>(),
  'rollouts.list': takes(runId, step, source).gives<RolloutEntry[]>(),
  /** One rollout: run, step, index. */
  'rollouts.read': takes(runId, step, z.int().min(0), source).gives<RolloutRecord>(),
  /** Newest steps with completions of a kind, before a step where one is named. */
  'rollouts.find': takes(runId, z.enum(ROLLOUT_KINDS), step.nullable()).gives<FoundRollouts>(),
  /** Steps, or evaluations, of a run with completions for a task, newest first. */
  'rollouts.of-task': takes(runId, z.string().min(1), source).gives<TaskStep[]>(),
  /** Tasks that all of these runs wrote completions for. */
  'rollouts.shared-tasks': takes(runsBeside).gives<SharedTasks>(),
  /** What each of them wrote for one of those tasks. */
  'rollouts.of-shared-task': takes(runsBeside, z.enum(COMPLETION_SOURCES), z.string().min(1)).gives<RunCompletions[]>(),
  /** How likely the model of its step finds each token of a stored completion, which tells `logprobs.progress`; null: it was ended. */
  'logprobs.of-rollout': takes(logprobsRequestSchema).gives<TokenLogprobs | null>(),
  /** Ends the question with this id. */
  'logprobs.stop': takes(z.string().min(1)).gives<null>(),
  'tasks.list': takes(z.string(), z.enum(SPLITS)).gives<TaskSummary[]>(),
  /** Data set (`starter` or a path), task id, completion, judge, whether to try to prove what passes. */
  'score.completion': takes(z.string(), z.string(), z.string().max(1_000_000), z.enum(JUDGES), z.boolean()).gives<ScoreReport>(),
  /** The newest so many steps of a run as another profile would have weighed them. */
  'rewards.reweigh': takes(runId, rewardProfileSchema, z.int().min(1).max(400)).gives<ReweighReport>(),
  /** What scores earn under a profile. */
  'rewards.weigh': takes(scoresSchema, rewardProfileSchema).gives<WeighedScores>(),
  /** Profiles that were saved, by name. */
  'rewards.profiles': takes().gives<RewardProfile[]>(),
  /** Saves one under its name, in place of one that is there; gives all. */
  'rewards.save': takes(rewardProfileSchema).gives<RewardProfile[]>(),
  /** The starter's first, then those checked last. */
  'datasets.list': takes().gives<KnownDataset[]>(),
  /** All tasks of a known data set, with the badges of its last check. */
  'datasets.tasks': takes(dataset).gives<BrowsedTask[]>(),
  /** One of them, whole. */
  'datasets.task': takes(dataset, z.string().min(1)).gives<Task>(),
  /** What its last check found in its files. */
  'datasets.problems': takes(dataset).gives<ImportProblem[]>(),
  /** Checks that are under way. */
  'datasets.checks': takes().gives<CheckProgress[]>(),
  /** Ends a check that is under way, and resolves when it has ended; nothing is kept of it. */
  'datasets.cancel': takes(dataset).gives<null>(),
  /**
   * Import and self-test of a file, folder or archive, which tells `datasets.progress`; columns are mapped where no layout knows them. The healthy
   * tasks go to a file that is named, else to one in the data folder. Who asks for a path that is being checked waits for the same.
   */
  'datasets.check': takes(dataset, z.string().min(1).nullable(), columnMappingSchema.nullable()).gives<DatasetCheck>(),
  /** A part of a file that a browser hands over; gives the path of what is handed over, to be checked once it is whole. */
  'datasets.upload': takes(uploadPartSchema).gives<string>(),
  /** Removes what was handed over. */
  'datasets.forget-upload': takes(uploadIdSchema).gives<null>(),
  /** Data sets (`starter` or absolute paths) that native simulators may run without a sandbox on this machine. */
  'datasets.allowed': takes().gives<AllowedSources['sources']>(),
  /** Gives or takes that permission; gives the list. */
  'datasets.allow': takes(z.string().min(1), z.boolean()).gives<AllowedSources['sources']>(),
  /** What a model folder is and whether it can be trained, with the memory of a run with these settings; null = those of the first preset. */
  'models.inspect': takes(z.string().min(1), runRequest.nullable()).gives<ModelInspection>(),
  /** What there is to train and to try. */
  'models.list': takes().gives<ModelList>(),
  /** Keeps the path of a model folder in the list. */
  'models.add': takes(z.string().min(1)).gives<KnownModel>(),
  /** Takes a path that was added off the list; the folder stays. */
  'models.forget': takes(z.string().min(1)).gives<null>(),
  /** Ends with the download, which tells `models.progress`; a second call goes on where the first was interrupted. */
  'models.download': takes(downloadRequestSchema).gives<DownloadedModel>(),
  /** Downloads that are under way. */
  'models.downloads': takes().gives<DownloadProgress[]>(),
  /** Ends the download into a folder, and resolves when it has ended; what was fetched stays. */
  'models.cancel': takes(z.string().min(1)).gives<null>(),
  /** One completion, which tells `playground.progress`. */
  'playground.complete': takes(playgroundRequestSchema).gives<PlaygroundCompletion>(),
  /** Ends the completion with this id; it resolves with what there is. */
  'playground.stop': takes(z.string().min(1)).gives<null>(),
  /** What cheats earn from the reward of these settings, on so many training tasks; tells `rewards.progress` where it is given an id. */
  'rewards.attack': takes(runRequest, z.int().min(1).max(1000), questionId.optional()).gives<TriedReward>(),
  /** Ends the attack with this id, which is refused as cancelled. */
  'rewards.cancel': takes(questionId).gives<null>(),
  /** What those cheats earn under another profile. */
  'rewards.weigh-attack': takes(attackScoresSchema, rewardProfileSchema).gives<AttackReport>(),
  /** Two to so many runs beside each other. */
  'runs.compare': takes(z.array(runId).min(2).max(50)).gives<RunComparison>(),
  /** Views that a person saved, by name; each of these gives all as they are afterwards. */
  'views.list': takes().gives<SavedViews>(),
  /** Saves one under its name; true: in place of one that has it. */
  'views.save': takes(savedViewSchema, z.boolean()).gives<SavedViews>(),
  /** Name, new name. */
  'views.rename': takes(viewName, viewName).gives<SavedViews>(),
  'views.remove': takes(viewName).gives<SavedViews>(),
  'evaluations.run': takes(evaluationRequestSchema).gives<EvaluationReport>(),
  /** Plans that ship with VeriTune. */
  'experiments.plans': takes().gives<ExperimentPlan[]>(),
  /** Starts a plan that ships with VeriTune, by its name, or one that is given. */
  'experiments.start': takes(z.union([z.string().min(1), givenPlan]), once).gives<{ id: string }>(),
  /** Goes on with an experiment that nobody works on; its stopped and failed runs are resumed. */
  'experiments.resume': takes(z.string().min(1)).gives<null>(),
  /** Newest first. */
  'experiments.list': takes().gives<ExperimentState[]>(),
  'experiments.get': takes(z.string().min(1)).gives<ExperimentState>(),
  /** Files for other people; tells `reports.progress`. */
  'reports.make': takes(reportRequestSchema).gives<MadeReport>(),
  /** Where runs go at Weights & Biases, and whether they go by themselves. */
  'sync.settings': takes().gives<SyncSettings>(),
  'sync.change': takes(syncChange).gives<SyncSettings>(),
  /** How far a run is there: all confirmed, or what waits and why. */
  'sync.status': takes(runId).gives<RunSyncStatus>(),
  /** Sends a run, or no longer; what is left out stays as it was wished last. */
  'sync.wish': takes(runId, runSyncChangeSchema).gives<RunSyncStatus>(),
  /** Tries at once what waits. */
  'sync.retry': takes(runId).gives<RunSyncStatus>(),
  /** Sends every line of a run again, to the place where it is. */
  'sync.resendAll': takes(runId).gives<RunSyncStatus>(),
  /** Which key the server would get; asks no server. */
  'sync.key': takes().gives<KeyInUse>(),
  /** Asks the server whose key it is; one that is given is kept by the system's keychain where there is one, and used from then on. */
  'sync.login': takes(loginRequestSchema).gives<LoginProof>(),
  /** Forgets the key that was given. */
  'sync.forget-key': takes().gives<KeyInUse>(),
  /** Computers that runs may train on over ssh, in the order of their names; each of these gives all as they are afterwards. */
  'hosts.list': takes().gives<KnownHost[]>(),
  /** Adds one, or changes folder and Python of one that is there. */
  'hosts.add': takes(hostRequestSchema).gives<KnownHost[]>(),
  /** Takes it off the list; what lies there stays, and its runs are still followed. */
  'hosts.remove': takes(z.string().min(1)).gives<KnownHost[]>(),
  /** Goes there and looks, which may take some seconds; what cannot be reached is a bad check that says why. */
  'hosts.check': takes(z.string().min(1)).gives<HostReport>(),
  /** Makes the store again from the run directories. */
  'store.rebuild': takes().gives<{ runs: number; events: number }>(),
  'doctor.report': takes().gives<DoctorReport>(),
  /** Graphics cards that their makers' tools tell of; none without such a tool. */
  'machine.gpus': takes().gives<Gpu[]>(),
  /** The PyTorch environment in the data folder. */
  'torch.state': takes().gives<TorchState>(),
  /** Makes it, or makes it anew, which tells `torch.progress`; who asks while it is made waits for the same. */
  'torch.install': takes(z.enum(TORCH_BACKENDS)).gives<InstalledTorch>(),
  /** Ends an installation that is under way, and resolves when nothing is left of it. */
  'torch.cancel': takes().gives<null>(),
  'torch.remove': takes().gives<null>(),
} as const

export type MethodName = keyof typeof API
type ArgumentsOf<M> = M extends Method<infer Arguments, unknown> ? Arguments : never
type OutputOf<M> = M extends { readonly output?: infer Output } ? Exclude<Output, undefined> : never

/** Method name -> its signature. */
export type Api = { [M in MethodName]: (...args: ArgumentsOf<(typeof API)[M]>) => Promise<OutputOf<(typeof API)[M]>> }

/** What the workbench tells without being asked. */
export interface ApiEvents {
  /** A run is there, went on or changed its status; null: it is gone. */
  'runs.changed': { readonly id: string; readonly summary: RunSummary | null }
  /** New lines of a journal, in order. */
  'run.events': { readonly id: string; readonly events: readonly JournalEvent[] }
  /** A check of a data set began, went on or ended. */
  'datasets.progress': CheckProgress
  /** A download began, went on or ended. */
  'models.progress': DownloadProgress
  'playground.progress': PlaygroundProgress
  'reports.progress': ReportProgress
  'logprobs.progress': LogprobsProgress
  'rewards.progress': AttackProgress
  'torch.progress': TorchProgress
}
export type EventName = keyof ApiEvents
export const EVENT_NAMES = [
  // Journal lines first: a change of status then finds the page as far as the journal is.
  'run.events',
  'runs.changed',
  'datasets.progress',
  'models.progress',
  'playground.progress',
  'reports.progress',
  'logprobs.progress',
  'rewards.progress',
  'torch.progress',
] as const satisfies readonly EventName[]

/** An error on its way to a person: code and facts of a Failure, or `bug`. */
export interface ErrorRecord {
  readonly code: string
  readonly message: string
  readonly remedy: string
  /** The setting that is wrong, as a dotted path, or null. */
  readonly field: string | null
}
