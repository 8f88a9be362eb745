/** Brings all that a run needs to its host, and starts its trainer there, once. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { Failure } from '#contract/failure'
import type { RemoteLink, RemotePlace } from '#contract/remote-run'
import { runConfigSchema, type RunConfig } from '#contract/run-config'
import { RUN_FILES } from '#contract/run-directory'
import { deliver, lookFor, parcelFolder, unpack, type Destination } from './deliver.ts'
import type { FileHashes } from './file-hashes.ts'
import { filesBelow, modelFiles, parcelOf, type Listed, type Parcel } from './parcel.ts'
import { nodeThere, PROGRAM, programFiles, type CarriedProgram } from './program-files.ts'
import { runOnHost } from './ssh.ts'
import { refuseHost, surveyHost } from './survey.ts'
import { tarStream } from './tar-stream.ts'

/** Stands for what comes with VeriTune, in a config. */
const STARTER = 'starter'
const GB = 1e9
/** The run's own files need some, too. */
const SPARE_BYTES = 0.1 * GB
const TASK_FILE = 'tasks.jsonl'

export interface Delivery {
  readonly directory: string
  readonly place: RemotePlace
  readonly link: RemoteLink
  readonly program: CarriedProgram
  readonly hashes: FileHashes
  readonly stop: AbortSignal
  /** What is being done, as in "copies the model"; and that the host answered. */
  tell(doing: string): void
}

/** What is known of the run over there from now on. Throws Failure remote.*, host.*. */
export async function deliverRun(delivery: Delivery): Promise<Pick<RemoteLink, 'root' | 'program' | 'node'>> {
  const { directory, place, program, hashes, stop, tell } = delivery
  const { host } = place
  const survey = await surveyHost({ name: host, folder: place.folder, python: null, addedAt: '' }, { stop })
  refuseHost(host, survey)
  const root = survey.folder
  tell('reads what is to be copied')
  const config = readConfig(directory)
  const parcels = await parcelsOf(host, config, program, hashes)
  const node = nodeThere(host, program, parcelFolder(root, parcels.program), survey.node)
  const destination: Destination = { host, root, hasRsync: survey.hasRsync, stop }
  const wanted = Object.values(parcels).filter((parcel) => parcel !== null)
  const runFolder = `${root}/runs/${basename(directory)}`
  const { missing, isThere } = await lookFor(destination, wanted, runFolder)
  await bring(destination, missing, survey.freeBytes, tell)
  tell('starts the trainer')
  await bringDirectory(destination, runFolder, isThere ? [] : begunFiles(directory), configThere(config, root, parcels))
  await launch(delivery, { root, program: parcelFolder(root, parcels.program), node })
  return { root, program: parcels.program.hash, node }
}

/** Only the trainer, for a host that lost it while its run goes on. */
export async function deliverProgram(delivery: Omit<Delivery, 'directory' | 'link'>): Promise<void> {
  const { place, program, hashes, stop, tell } = delivery
  const survey = await surveyHost({ name: place.host, folder: place.folder, python: null, addedAt: '' }, { stop })
  const parcel = await parcelOf('programs', 'the trainer', programFiles(place.host, program), hashes)
  hashes.save()
  const destination = { host: place.host, root: survey.folder, hasRsync: survey.hasRsync, stop }
  await bring(destination, [parcel], survey.freeBytes, tell)
}

interface Parcels {
  readonly program: Parcel
  /** null: the starter's, which comes with the program. */
  readonly dataset: Parcel | null
  readonly model: Parcel | null
}

async function parcelsOf(host: string, config: RunConfig, program: CarriedProgram, hashes: FileHashes): Promise<Parcels> {
  const { model, dataset } = config
  const listed = programFiles(host, program)
  const parcels = {
    program: await parcelOf('programs', 'the trainer', listed, hashes),
    dataset:
      dataset.id === STARTER ? null : await parcelOf('datasets', 'the data set', [{ from: dataset.id, to: TASK_FILE }], hashes),
    model: model === STARTER ? null : await parcelOf('models', 'the model', modelFiles(model), hashes),
  }
  hashes.save()
  return parcels
}

/** Throws Failure remote.no-room before anything is copied. */
async function bring(
  destination: Destination,
  parcels: readonly Parcel[],
  freeBytes: number,
  tell: (doing: string) => void,
): Promise<void> {
  const { host, root } = destination
  const needed = parcels.reduce((sum, { bytes }) => sum + bytes, SPARE_BYTES)
  if (needed > freeBytes)
    throw new Failure('remote.no-room', { host, folder: root, freeGb: gigabytes(freeBytes), needGb: gigabytes(needed) })
  for (const parcel of parcels) {
    tell(`copies ${parcel.title} (${gigabytes(parcel.bytes)} GB)`)
    await deliver(destination, parcel)
  }
}

function gigabytes(bytes: number): string {
  return (bytes / GB).toFixed(bytes < GB ? 2 : 1)
}

function readConfig(directory: string): RunConfig {
  const file = join(directory, RUN_FILES.config)
  try {
    return runConfigSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new Failure('config.unreadable', { file, reason: (error as Error).message.split('\n')[0]! }, { cause: error })
  }
}

/** The paths of the host in place of a person's own. */
function configThere(config: RunConfig, root: string, { dataset, model }: Parcels): RunConfig {
  return {
    ...config,
    ...(model !== null && { model: parcelFolder(root, model) }),
    ...(dataset !== null && { dataset: { ...config.dataset, id: `${parcelFolder(root, dataset)}/${TASK_FILE}` } }),
  }
}

/** What of a run directory is there before its first trainer: the checkpoint of a clone. */
function begunFiles(directory: string): Listed[] {
  return filesBelow(directory, '', (path) => path === RUN_FILES.parent || path.startsWith(`${RUN_FILES.checkpoints}/step-`))
}

/** Whole or not there. One that is there gets the settings as they are now, which a person may have corrected. */
async function bringDirectory(
  destination: Destination,
  there: string,
  begun: readonly Listed[],
  config: RunConfig,
): Promise<void> {
  const stage = mkdtempSync(join(tmpdir(), 'veritune-config-'))
  try {
    const file = join(stage, RUN_FILES.config)
    writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`)
    const files = [...begun, { from: file, to: RUN_FILES.config }].map((listed) => ({
      ...listed,
      size: statSync(listed.from).size,
      isProgram: false,
    }))
    await unpack(destination, `${dirname(there)}/.${basename(there)}.partial`, tarStream(files), {
      before: ['rm -rf "$1"'],
      after: ['if [ -e "$2" ]; then mv "$1/config.json" "$2/config.json" && rm -rf "$1"; else mv "$1" "$2"; fi'],
      args: [there],
    })
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/**
 * A session of its own, so that neither a lost link nor a log-out ends it. The file of this launch is made by the first who asks, and then holds the
 * trainer's number: asked for again after a lost answer, nothing is started twice.
 */
const LAUNCH = [
  'cd "$1" || exit 1',
  '"$2" --version >/dev/null || exit 1',
  'unset HF_TOKEN WANDB_API_KEY',
  'case "$5" in "") ;; "~/"*) export VERITUNE_PYTHON="$HOME/${5#??}" ;; *) export VERITUNE_PYTHON="$5" ;; esac',
  'export VERITUNE_RESOURCES="$4" MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"',
  'if (set -C; : > ".launch-$6") 2>/dev/null; then setsid nohup sh -c "$8" sh "$6" "$2" "$3" train "$1" ${7:+"$7"} >> trainer.log 2>&1 < /dev/null & fi',
  // Whoever looks right afterwards is to find its number.
  'n=0; until [ -s ".launch-$6" ] || [ "$n" -ge 50 ]; do sleep 0.1; n=$((n+1)); done',
]

/** $1 the launch; then what becomes of this process. */
const BECOME = 'echo "$$" > ".launch-$1"; shift; exec "$@"'

async function launch(
  { directory, place, link, stop }: Delivery,
  { root, program, node }: { readonly root: string; readonly program: string; readonly node: string },
): Promise<void> {
  const args = [
    `${root}/runs/${basename(directory)}`,
    node,
    `${program}/${PROGRAM.trainer}`,
    `${program}/${PROGRAM.resources}`,
    place.python ?? '',
    link.launch,
    link.flags[0] ?? '',
    BECOME,
  ]
  await runOnHost(place.host, { what: 'start the trainer', statements: LAUNCH, args, folder: root }, { stop })
}

/** Names a launch, for file names too. */
export function launchName(): string {
  return randomUUID().slice(0, 8)
}
