/**
 * A Failure is a broken environment or a bad input: it has a stable code and a remedy. Everything a person reads about it stands here, in
 * `data-failures.ts`, in `environment-failures.ts` and in `remote-failures.ts`.
 * Expected outcomes of a run are data, not failures; a bug is a plain Error.
 */
import { DATA_FAILURES } from './data-failures.ts'
import { ENVIRONMENT_FAILURES } from './environment-failures.ts'
import type { CatalogueEntry } from './failure-entry.ts'
import { REMOTE_FAILURES } from './remote-failures.ts'

type Facts = Readonly<Record<string, string | number>>

export const FAILURES = {
  ...DATA_FAILURES,
  ...ENVIRONMENT_FAILURES,
  ...REMOTE_FAILURES,
  'config.invalid': { exitCode: 2, message: '{field} {problem}', remedy: '{remedy}' },
  'config.unreadable': {
    exitCode: 2,
    message: 'The file {file} cannot be read as JSON: {reason}',
    remedy: 'Correct the file or name another.',
  },
  'experiment.missing': {
    exitCode: 2,
    message: 'There is no experiment "{experiment}".',
    remedy: 'See `veritune experiments`, or name a plan: starter, or a JSON file.',
  },
  'experiment.unknown': {
    exitCode: 2,
    message: 'There is no plan of an experiment called "{name}".',
    remedy: 'Known are: {known}. A JSON file may be named instead.',
  },
  'experiment.waits': {
    exitCode: 3,
    message: 'The experiment waits: its run {run} is {status}.',
    remedy: 'See why on the page of that run or with `veritune show {run}`, then resume the experiment.',
  },
  'preset.unknown': { exitCode: 2, message: 'There is no preset "{name}".', remedy: 'Use one of: {known}.' },
  'arguments.invalid': { exitCode: 2, message: '{problem}', remedy: 'See `veritune --help`.' },
  'reward.cheat-pays': {
    exitCode: 2,
    message:
      'The reward "{profile}" pays the cheat {cheat} {reward} on average, an honest failure {honest}; on task {task} {taskReward} against {taskHonest}.',
    remedy: '{remedy}; `veritune reward attack` shows what each cheat earns.',
    setting: 'reward.weights',
  },
  'reward.nothing-to-attack': {
    exitCode: 2,
    message:
      'None of the {count} tasks that were drawn can be used to attack the reward: they have no reference, or no known ports.',
    remedy: 'Use tasks with references, or set attackReward to false.',
    setting: 'attackReward',
  },
  'reward.attack-cancelled': {
    exitCode: 3,
    message: 'The attack on the reward was cancelled.',
    remedy: 'Nothing was kept of it; try the cheats again when you like.',
  },
  'model.missing-file': {
    exitCode: 2,
    message: 'The model folder {folder} has no {file}.',
    remedy: 'Restore that file, or choose another model folder. `npm run starter:build` makes the starter model again.',
    setting: 'model',
  },
  'model.not-downloaded': {
    exitCode: 2,
    message: 'The model {model} is not on this computer.',
    remedy: '`veritune model download {model}` fetches it, or the page Models; a model folder of yours can be named by its path.',
    setting: 'model',
  },
  'model.invalid': {
    exitCode: 2,
    message: 'The model in {folder} cannot be used: {problem}',
    remedy: '{remedy}',
    setting: 'model',
  },
  'adapter.invalid': {
    exitCode: 2,
    message: 'The adapter in {folder} cannot be used: {problem}',
    remedy: '{remedy}',
  },
  'export.occupied': {
    exitCode: 2,
    message: '{folder} is there already and not empty.',
    remedy: 'Name a folder that is not there yet; nothing is overwritten.',
  },
  'import.unreadable': { exitCode: 2, message: '{file} {problem}', remedy: '{remedy}' },
  'platform.unsupported': {
    exitCode: 3,
    message: 'ONNX Runtime has no binary for {platform}, so the embedded engine cannot run on this computer.',
    remedy: 'Use Linux x64 or arm64, Windows x64 or arm64, or a Mac with Apple silicon.',
  },
  'device.refused': {
    exitCode: 2,
    message: 'The device {device} cannot be used: {reason}.',
    remedy: 'Set device to cpu; `veritune doctor` says more about the device.',
    setting: 'device',
  },
  'python.missing': {
    exitCode: 3,
    message: 'There is no Python at {python}, which the PyTorch engine needs.',
    remedy:
      '`veritune engine install torch` makes one with PyTorch, or name one with VERITUNE_PYTHON; the engine onnx needs none.',
    setting: 'engine',
  },
  'python.too-old': {
    exitCode: 3,
    message: '{python} is Python {found}, and the PyTorch engine needs 3.11 or newer.',
    remedy: 'Run `veritune engine install torch`, or name a newer Python with VERITUNE_PYTHON; the engine onnx needs none.',
    setting: 'engine',
  },
  'python.packages-missing': {
    exitCode: 3,
    message: '{python} has no {packages}, which the PyTorch engine needs.',
    remedy:
      'Run `veritune engine install torch`, or `{python} -m pip install ./native`, or name another Python with VERITUNE_PYTHON.',
    setting: 'engine',
  },
  'torch.hosts-unclear': {
    exitCode: 2,
    message: 'The hosts that train together are not clear: {problem}.',
    remedy:
      'The scripts in native/launch set VERITUNE_HOSTS to their number and VERITUNE_RENDEZVOUS to host:port of the first; without both, this computer trains alone.',
  },
  'torch.device-refused': {
    exitCode: 2,
    message: 'PyTorch cannot use {device}: {reason}.',
    remedy: 'Install a driver and a PyTorch for the card, or set torch.device to auto or cpu.',
    setting: 'torch.device',
  },
  'run.missing': { exitCode: 2, message: 'There is no run "{run}".', remedy: '`veritune runs` lists the runs.' },
  'run.locked': {
    exitCode: 3,
    message: 'Another trainer (process {pid} on {host}) is working on this run.',
    remedy: 'Let it finish, or stop it with `veritune stop {run}`.',
  },
  'run.finished': {
    exitCode: 2,
    message: 'The run "{run}" has already finished.',
    remedy: 'Start a new run with the same settings.',
  },
  'run.active': {
    exitCode: 2,
    message: 'A trainer is already working on the run "{run}".',
    remedy: 'Let it finish, or stop it with `veritune stop {run}`.',
  },
  'run.not-active': {
    exitCode: 2,
    message: 'No trainer is working on the run "{run}" (it is {status}).',
    remedy: '`veritune resume {run}` starts one, unless the run has finished.',
  },
  'run.imported': {
    exitCode: 2,
    message: 'The run "{run}" was made by another program and imported for comparison.',
    remedy: 'Only runs that were started here can be resumed, cloned, weighed again, reported or sent.',
  },
  'rollout.missing': {
    exitCode: 2,
    message: 'The run "{run}" has no rollout {index} in step {step}.',
    remedy: 'Choose a step and a rollout that the run has made.',
  },
  'run.no-checkpoint': {
    exitCode: 2,
    message: 'The run "{run}" has no checkpoint.',
    remedy: 'Start it again from the beginning.',
  },
  'view.exists': {
    exitCode: 2,
    message: 'There is a saved view called "{name}" already.',
    remedy: 'Choose another name, or replace that one.',
  },
  'view.missing': {
    exitCode: 2,
    message: 'There is no saved view called "{name}" any more.',
    remedy: 'The list of saved views shows all there are.',
  },
  'run.changed-judge': {
    exitCode: 2,
    message: 'The run was scored with {before}; this machine has {now}.',
    remedy: 'Resume with --accept-judge to go on with the new tools; the change is journalled.',
  },
  'journal.damaged': {
    exitCode: 3,
    message: 'The journal {file} is damaged at line {line}.',
    remedy: 'Keep the folder; `veritune store rebuild` reads what is whole.',
  },
  'disk.full': {
    exitCode: 3,
    message: 'No space is left on the disk that holds {path}.',
    remedy: 'Free some space, then resume the run.',
  },
  'engine.crashed': {
    exitCode: 3,
    message: 'The engine crashed ({signal}) in {graph}.',
    remedy:
      'Resume the run: it goes on from its last checkpoint. If it crashes there again, lower microbatchSize; `veritune doctor` checks the engine.',
  },
  'engine.restarted': {
    exitCode: 3,
    message: 'A process of the engine was lost in {graph}; torchrun begins all of them again.',
    remedy: 'Run the command again.',
  },
  'engine.lost-again': {
    exitCode: 3,
    message: 'Processes of the engine were lost twice in step {step}, last in {graph}.',
    remedy:
      'Read in the run’s log which of them was lost first and why; lower microbatchSize or torch.processes, then resume the run.',
  },
  'memory.insufficient': {
    exitCode: 2,
    message: 'The run needs about {needGb} GB of memory, {where} has {haveGb} GB to give. Most of it is {term}: {termGb} GB.',
    remedy: '{remedy}',
  },
  'completion.too-long': {
    exitCode: 2,
    message: 'The prompt has {tokens} tokens, and the model reads {limit} with its answer.',
    remedy: 'Shorten the prompt, or choose a model with a longer context.',
  },
  'completion.test-task': {
    exitCode: 2,
    message: 'The task "{id}" is a test task, which only an evaluation reads.',
    remedy: 'Choose a task for training or validation.',
  },
  'completion.crashed': {
    exitCode: 3,
    message: 'The engine crashed ({signal}) in {graph}.',
    remedy: 'Ask again: the model is loaded anew. If it crashes again, `veritune doctor` checks the engine.',
  },
  'completion.no-memory': {
    exitCode: 4,
    message: 'The engine ran out of memory in {where}.',
    remedy: 'Close what else takes memory, ask for fewer tokens, or choose a smaller model.',
  },
  'memory.exhausted': {
    exitCode: 4,
    message: 'The engine ran out of memory in {where}.',
    remedy: 'Lower microbatchSize, then resume the run.',
  },
  'memory.exhausted-again': {
    exitCode: 4,
    message: 'The engine ran out of memory in {where}, with microbatches of {size}. {estimate}',
    remedy: '{remedy}',
  },
  'trainer.unexpected': {
    exitCode: 3,
    message: 'The trainer met an error that it does not know: {reason}',
    remedy: 'The run can be resumed from its last checkpoint; trainer.log in its folder has the details.',
  },
  'training.no-demonstrations': {
    exitCode: 2,
    message: 'No training task has an answer of {tokens} tokens or fewer that a supervised step could learn from.',
    remedy: 'Raise sampling.maxCompletionTokens, or leave the supervised stage out (supervised=null).',
    setting: 'sampling.maxCompletionTokens',
  },
  'training.not-finite': {
    exitCode: 3,
    message: 'Training broke down in step {step}: no finite number came out for {where}.',
    remedy:
      'Go on from its last checkpoint with a lower learning rate: `veritune train --from RUN --set optimizer.learningRate=VALUE`.',
    setting: 'optimizer.learningRate',
  },
  'store.newer-schema': {
    exitCode: 3,
    message: 'The store was written by a newer VeriTune (schema {found}, this one knows {known}).',
    remedy: 'Update VeriTune, or choose another VERITUNE_HOME.',
  },
  'sync.no-key': {
    exitCode: 2,
    setting: 'key',
    message: 'There is no API key for {host}.',
    remedy: 'Set WANDB_API_KEY, or run `wandb login`, which writes it into ~/.netrc, or type it on the screen Settings.',
  },
  'sync.key-refused': {
    exitCode: 2,
    setting: 'key',
    message: '{host} refuses the API key.',
    remedy: 'Copy it again from {app}/authorize; everything waits here meanwhile.',
  },
  'sync.no-entity': {
    exitCode: 2,
    setting: 'entity',
    message: '{host} does not say whose account the API key is of.',
    remedy:
      'Name the account or team that the runs go to, on the screen Settings or by --entity NAME; everything waits here meanwhile.',
  },
  'sync.project-missing': {
    exitCode: 2,
    setting: 'project',
    message: '{host} has no {entity}/{project} that this account may see.',
    remedy:
      'Check account and project, on the screen Settings or by --entity and --project, or make the project there; everything waits here meanwhile.',
  },
  'sync.forbidden': {
    exitCode: 2,
    setting: 'project',
    message: 'This account may not write to {entity}/{project} on {host}: {reason}.',
    remedy:
      'Ask its owner for the permission, or name another place on the screen Settings or by --entity and --project; everything waits here meanwhile.',
  },
  'sync.proxy-page': {
    exitCode: 3,
    setting: 'baseUrl',
    message: 'Not {host} but something in between answered, with a page: {title}.',
    remedy:
      'Log in to the network or set HTTPS_PROXY; for a server of your own set WANDB_BASE_URL. Everything waits here meanwhile.',
  },
  'sync.unreachable': {
    exitCode: 3,
    setting: 'baseUrl',
    message: '{host} cannot be reached: {reason}.',
    remedy: 'What is to be sent waits here and is tried again by itself.',
  },
  'sync.busy': {
    exitCode: 3,
    setting: 'baseUrl',
    message: '{host} cannot take it now (status {status}).',
    remedy: 'What is to be sent waits here and is tried again by itself.',
  },
  'sync.refused': {
    exitCode: 3,
    message: '{host} refuses {what} (status {status}): {reason}.',
    remedy: 'Everything waits here. Retry later; if it stays so, `veritune sync RUN --as NAME` sends the run under another id.',
  },
  'sync.counting': {
    exitCode: 3,
    message: '{host} counts {found} of {expected} lines so far.',
    remedy: 'It is asked again by itself; what is missing then is sent again.',
  },
  'sync.elsewhere': {
    exitCode: 3,
    message: 'Another process ({pid} on {host}) sends this run.',
    remedy: 'Let it; when it is gone for three minutes this one takes over.',
  },
  'sync.no-client': {
    exitCode: 3,
    message: 'The log-in to {host} could not be tried: {reason}.',
    remedy: 'Set WANDB_API_KEY, or run `npm ci` in the folder of VeriTune.',
  },
  'sync.bad-address': {
    exitCode: 2,
    setting: 'baseUrl',
    message: '{address} is no address of a server.',
    remedy: 'Write it as https://host; leave it out for api.wandb.ai.',
  },
  'page.not-built': {
    exitCode: 3,
    message: 'The page is not built: {file} is not there.',
    remedy: 'Run `npm run build` in the folder of VeriTune.',
  },
  'report.no-runs': {
    exitCode: 2,
    message: 'The experiment {experiment} has no run with a step yet: there is nothing to report.',
    remedy: 'Wait for its first run, or resume it with `veritune experiment {experiment}`.',
  },
  'report.unwritable': {
    exitCode: 3,
    message: 'The report cannot be written to {folder}: {reason}',
    remedy: 'Choose a folder that you may write to.',
  },
  'report.no-printer': {
    exitCode: 3,
    message: 'There is no Chromium, Chrome or Edge on this machine that could print the PDF.',
    remedy: 'Make the report as HTML, open it in a browser and print it, or name a browser with CHROME_PATH.',
  },
  'report.not-printed': {
    exitCode: 3,
    message: '{program} could not print the PDF: {reason}.',
    remedy: 'Make the report as HTML, open it in a browser and print it, or name another browser with CHROME_PATH.',
  },
  'port.used': {
    exitCode: 3,
    message: 'Port {port} is in use.',
    remedy: 'Choose another with --port, or leave it out for a free one.',
  },
  'tool.missing': { exitCode: 3, message: '{tool} is not on this machine.', remedy: '{remedy}', setting: 'judge' },
  'service.ended': {
    exitCode: 3,
    message: 'The scoring service ended unexpectedly: {reason}',
    remedy: 'Try again; `veritune doctor` checks the installation.',
  },
} as const satisfies Record<string, CatalogueEntry>

export type FailureCode = keyof typeof FAILURES

export class Failure extends Error {
  readonly code: FailureCode
  readonly facts: Facts
  readonly remedy: string
  readonly exitCode: 2 | 3 | 4
  /** Setting of a run that is to be mended, as a dotted path; null when it is none. */
  readonly setting: string | null

  constructor(code: FailureCode, facts: Facts = {}, options?: ErrorOptions) {
    const entry: CatalogueEntry = FAILURES[code]
    super(fill(entry.message, facts), options)
    this.name = 'Failure'
    this.code = code
    this.facts = facts
    this.remedy = fill(entry.remedy, facts)
    this.exitCode = entry.exitCode
    this.setting = entry.setting ?? null
  }

  /** One or two sentences for a person: what happened, then what to do. */
  get sentence(): string {
    return `${this.message.replace(/[.]?$/, '.')} ${this.remedy}`.trim()
  }
}

function fill(text: string, facts: Facts): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in facts ? String(facts[name]) : whole))
}
