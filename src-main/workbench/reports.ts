/** Reports: what they are made from is read here, what they look like is known in the room `report`. */
import type { Api } from '#contract/api'
import type { ComparedGroup } from '#contract/comparison'
import { Failure } from '#contract/failure'
import type { MadeReport, ReportRequest } from '#contract/report'
import type { Experiments } from '#experiments/experiments'
import type { ServiceClient } from '#launch/service-client'
import { buildReport } from '#report/build-report'
import { lastEvaluation } from '#report/evaluations'
import { pickCompletions } from '#report/pick-completions'
import { CURVE_KEYS } from '#report/sections/curves'
import type { PickedCompletions, ReportedExperiment, ReportedRun } from '#report/source'
import { filesOf, saveFiles, settingsFiles, type PrintPdf, type ReportFile } from '#report/write-report'
import { zipOf } from '#report/zip'
import { evaluationRollouts } from '#runs/evaluation-rollouts'
import type { Runs } from '#runs/runs'
import type { Store } from '#store/store'
import type { ReportPublisher } from '#sync/report-publisher'
import type { Emit } from './answer-call.ts'
import { compareRuns } from './compare-runs.ts'
import { evaluatedRun } from './evaluated-run.ts'
import { publishAtWandb, type TakePicture } from './publish-report.ts'

export interface ReportRooms {
  readonly store: Store
  readonly runs: Runs
  readonly service: ServiceClient
  readonly experiments: Experiments
  readonly printPdf: PrintPdf
  readonly takePicture: TakePicture
  readonly publisher: ReportPublisher
  readonly version: string
}

/** Points of a curve: more than a column of print can show. */
const MOST_POINTS = 300

export function reportHandlers(rooms: ReportRooms, emit: Emit): Pick<Api, 'reports.make'> {
  return { 'reports.make': (request) => makeReport(rooms, emit, request) }
}

async function makeReport(rooms: ReportRooms, emit: Emit, request: ReportRequest): Promise<MadeReport> {
  const { ids, experiment, titles } = await whatIsAsked(rooms, request)
  const formats = request.formats.filter((format) => format !== 'wandb')
  const isPublished = request.formats.includes('wandb')
  const total = 2 * ids.length + request.formats.length
  let done = 0
  const tell = (doing: string): void => emit('reports.progress', { doing, done: done++, total })
  try {
    const columns = await rooms.store.together([...ids], [...CURVE_KEYS], MOST_POINTS)
    const runs: ReportedRun[] = []
    for (const [i, id] of ids.entries()) {
      tell(`Reading run ${i + 1} of ${ids.length}`)
      runs.push({ ...(await readRun(rooms, id)), columns: columns[id] ?? [] })
    }
    const comparison = compareRuns(
      await Promise.all(runs.map((run) => evaluatedRun(rooms, run.detail, lastEvaluation(run)?.step))),
      titles,
    )
    const completions: PickedCompletions[] = []
    for (const group of comparison.groups) {
      tell(`Reading completions of ${group.title}`)
      completions.push(await completionsOf(rooms, group, runs))
    }
    done = 2 * ids.length
    const document = buildReport({
      ...request,
      madeAt: new Date(),
      version: rooms.version,
      comparison,
      runs,
      completions,
      experiment,
    })
    const files: ReportFile[] = []
    for (const format of formats) {
      tell(`Writing ${format}`)
      files.push(...(await filesOf(document, format, rooms.printPdf)))
    }
    if (isPublished) tell('Putting it at Weights & Biases')
    // Nothing is written where the server refuses it.
    const published = isPublished ? await publishAtWandb(rooms.publisher, rooms.takePicture, document, subjectOf(request)) : null
    return { ...delivered(document.title, request, formats, files, settingsFiles(document)), published }
  } finally {
    emit('reports.progress', { doing: '', done: total, total })
  }
}

/** The same for the same runs, in any order. */
function subjectOf({ runs, experiment }: ReportRequest): string {
  return experiment === null ? `runs ${[...new Set(runs)].sort().join(' ')}` : `experiment ${experiment}`
}

interface Asked {
  readonly ids: readonly string[]
  readonly experiment: ReportedExperiment | null
  /** Run -> what its group is called; null: after what it is. */
  readonly titles: ReadonlyMap<string, string> | null
}

/** Throws Failure experiment.missing, report.no-runs, run.imported. */
async function whatIsAsked({ runs: rooms, experiments }: ReportRooms, { runs, experiment: id }: ReportRequest): Promise<Asked> {
  if (id === null) {
    for (const run of runs) {
      await rooms.assertThere(run)
      // A report tells settings and how to make the run again.
      rooms.refuseImported(run)
    }
    return { ids: [...new Set(runs)], experiment: null, titles: null }
  }
  const { plan, report, runs: planned } = await experiments.get(id)
  const made = planned.filter(({ step }) => step > 0)
  if (made.length === 0) throw new Failure('report.no-runs', { experiment: id })
  // Arms in the plan's order, their seeds together.
  const ordered = plan.arms.flatMap(({ name, title }) =>
    made.filter(({ arm }) => arm === name).map(({ run }) => ({ run, title })),
  )
  return {
    ids: ordered.map(({ run }) => run),
    experiment: { id, plan, report },
    titles: new Map(ordered.map(({ run, title }) => [run, title])),
  }
}

async function readRun({ store, runs, experiments }: ReportRooms, id: string): Promise<Omit<ReportedRun, 'columns'>> {
  const [detail, { landmarks }] = await Promise.all([runs.get(id), store.history(id, [], 2)])
  return { detail: { ...detail, experiment: experiments.ofRun(id) }, landmarks }
}

/** One run after another: the last evaluations of many would not fit into memory together with all else. */
async function completionsOf(
  { runs: rooms }: ReportRooms,
  group: ComparedGroup,
  runs: readonly ReportedRun[],
): Promise<PickedCompletions> {
  const all = []
  for (const run of runs) {
    const { id } = run.detail.summary
    const step = lastEvaluation(run)?.step
    if (!group.runs.includes(id) || step === undefined) continue
    for (const record of await evaluationRollouts(rooms.directory(id), step)) all.push({ run: id, record })
  }
  return pickCompletions(all)
}

function delivered(
  title: string,
  { folder }: ReportRequest,
  formats: readonly string[],
  files: readonly ReportFile[],
  settings: readonly ReportFile[],
): Omit<MadeReport, 'published'> {
  if (files.length === 0) return { title, folder: null, files: [], download: null }
  const all = [...files, ...settings]
  const sizes = (of: readonly ReportFile[]): MadeReport['files'] =>
    of.map(({ name, content }) => ({ name, bytes: content.length }))
  if (folder !== null) {
    saveFiles(folder, all)
    return { title, folder, files: sizes(all), download: null }
  }
  const name = fileName(title)
  const isOne = files.length === 1
  const [content, ending] = isOne ? [files[0]!.content, formats[0]!] : [zipOf(all, new Date()), 'zip']
  const download = { name: `${name}.${ending}`, mediaType: MEDIA_TYPES[ending]!, base64: Buffer.from(content).toString('base64') }
  return { title, folder, files: sizes(isOne ? files : all), download }
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  pdf: 'application/pdf',
  md: 'text/markdown',
  tex: 'application/x-tex',
  zip: 'application/zip',
}

/** `starter-grpo-against-ppo` */
function fileName(title: string): string {
  const words = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-|-$/g, '')
  return words === '' ? 'report' : words
}
