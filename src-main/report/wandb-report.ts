/**
 * The document as a W&B Report: text as Markdown, and one panel grid that draws the same metrics from the runs as they were synced. The form of
 * `spec` is no public contract; it is that of wandb-workspaces 0.4.4 (reports/v2/internal.py), and a golden file holds ours.
 */
import type { ReportView } from '#contract/sync-start'
import type { Block, Chart, ReportDocument } from './document.ts'
import { blockMarkdown } from './markdown.ts'

export interface WandbPlace extends ShownThere {
  /** Of the report as it was made before, which is then changed in place; null: a new one. */
  readonly viewId: string | null
}

export interface ShownThere {
  readonly entity: string
  readonly project: string
  /** Our id -> id there, of runs that have another one. */
  readonly runNames?: ReadonlyMap<string, string>
  /** Address of a picture of the charts; null: there is none. */
  readonly picture?: string | null
}

/** Sends the mutation; answers the id of the view. */
export type UpsertView = (input: ReportView) => Promise<string>

/** The view's id, for the next time. Its address is `{app}/{entity}/{project}/reports/{title}--{id}`. */
export function publishReport(document: ReportDocument, place: WandbPlace, upsertView: UpsertView): Promise<string> {
  return upsertView(viewOf(document, place))
}

export function viewOf(document: ReportDocument, { viewId, ...shown }: WandbPlace): ReportView {
  const { entity, project } = shown
  return {
    ...(viewId !== null && { id: viewId }),
    entityName: entity,
    projectName: project,
    type: 'runs',
    name: `veritune-${document.runIds[0]}`,
    displayName: document.title,
    description: document.byline,
    spec: JSON.stringify(specOf(document, shown)),
  }
}

export function specOf({ byline, blocks, runIds }: ReportDocument, shown: ShownThere): object {
  const { runNames, picture = null } = shown
  const names = runIds.map((id) => runNames?.get(id) ?? id)
  const written = blocks.flatMap((block) =>
    block.kind === 'charts'
      ? [...(picture === null ? [] : [image(picture)]), ...blockSpecs(block), panelGrid(block.charts, names, shown)]
      : blockSpecs(block),
  )
  return {
    version: 5,
    panelSettings: {},
    blocks: [{ type: 'paragraph', children: [{ text: byline }] }, ...written],
    width: 'readable',
    authors: [],
    discussionThreads: [],
  }
}

function blockSpecs(block: Block): object[] {
  switch (block.kind) {
    case 'heading':
      return [{ type: 'heading', level: block.level - 1, children: [{ text: block.text }] }]
    case 'together':
      return [...block.blocks, ...block.aside].flatMap(blockSpecs)
    case 'paragraph':
      return [{ type: 'paragraph', children: [{ text: block.text }] }]
    case 'code':
      return [
        ...(block.caption === '' ? [] : [{ type: 'paragraph', children: [{ text: block.caption }] }]),
        { type: 'code-block', children: block.text.split('\n').map((text) => ({ type: 'code-line', children: [{ text }] })) },
      ]
    default:
      return [{ type: 'markdown-block', children: [{ text: '' }], content: blockMarkdown(block, null) }]
  }
}

function image(url: string): object {
  return { type: 'image', children: [{ text: '' }], url, hasCaption: false }
}

const FLOW = { snapToColumns: true, columnsPerPage: 3, rowsPerPage: 2, gutterWidth: 16, boxWidth: 460, boxHeight: 300 }
const LOCAL = {
  xAxis: '_step',
  smoothingWeight: 0,
  smoothingType: 'exponential',
  ignoreOutliers: false,
  xAxisActive: false,
  smoothingActive: false,
}

function panelGrid(
  charts: readonly Chart[],
  runIds: readonly string[],
  { entity, project }: { entity: string; project: string },
): object {
  return {
    type: 'panel-grid',
    children: [{ text: '' }],
    metadata: {
      openViz: true,
      openRunSet: 0,
      name: 'unused-name',
      runSets: [runSet(runIds, entity, project)],
      panels: { views: { '0': { name: 'Panels', defaults: [], config: [] } }, tabs: ['0'] },
      panelBankConfig: {
        state: 0,
        settings: { autoOrganizePrefix: 2, showEmptySections: false, sortAlphabetically: false },
        sections: [section('Hidden Panels', 'flow', [])],
      },
      panelBankSectionConfig: section('Report Panels', 'grid', charts.map(panel)),
      customRunColors: {},
    },
  }
}

function section(name: string, type: 'flow' | 'grid', panels: readonly object[]): object {
  return { name, isOpen: false, panels, type, flowConfig: FLOW, sorted: 0, localPanelSettings: LOCAL }
}

/** The runs of this report and no others. */
function runSet(runIds: readonly string[], entityName: string, name: string): object {
  const isOneOfThem = { op: 'IN', key: { section: 'run', name: 'name' }, value: runIds, disabled: false }
  return {
    id: 'veritune',
    runFeed: {
      version: 2,
      columnVisible: { 'run:name': false },
      columnPinned: {},
      columnWidths: {},
      columnOrder: [],
      pageSize: 10,
      onlyShowSelected: false,
    },
    enabled: true,
    project: { name, entityName },
    name: 'Runs of this report',
    search: { query: '' },
    filters: { op: 'OR', filters: [{ op: 'AND', filters: [isOneOfThem] }] },
    grouping: [],
    sort: { keys: [{ key: { section: 'run', name: 'createdAt' }, ascending: false }] },
    selections: { root: 1, bounds: [], tree: [] },
    expandedRowAddresses: [],
  }
}

/** Two in a row of 24 columns. */
function panel({ key, title }: Chart, i: number): object {
  return {
    __id__: key.replaceAll(/\W/g, '-'),
    layout: { x: (i % 2) * 12, y: Math.floor(i / 2) * 8, w: 12, h: 8 },
    viewType: 'Run History Line Plot',
    config: { chartTitle: title, metrics: [key], xAxis: '_step' },
  }
}
