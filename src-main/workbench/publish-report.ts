/** A report's way to Weights & Biases: made once for what it is about, and changed in place from then on. */
import { createHash } from 'node:crypto'
import { Failure } from '#contract/failure'
import type { PublishedReport } from '#contract/report'
import type { ReportPicture, ReportView } from '#contract/sync-start'
import { chartSheet, type ChartSheet } from '#report/charts/chart-sheet'
import type { ReportDocument } from '#report/document'
import { publishReport } from '#report/wandb-report'
import { ServerRefusal } from '#sync/request'
import { fileUrl, reportUrl, type ReportPlace, type ReportPublisher } from '#sync/report-publisher'

/** PNG of a page; null where nothing here can take it. */
export type TakePicture = (sheet: ChartSheet) => Promise<Uint8Array | null>

/** `subject`: what the report is about, the same for the same runs. Throws ServerRefusal. */
export async function publishAtWandb(
  publisher: ReportPublisher,
  takePicture: TakePicture,
  document: ReportDocument,
  subject: string,
): Promise<PublishedReport> {
  const place = await publisher.placeOf(document.runIds)
  const picture = await pictureOf(document, place, takePicture)
  const shown = {
    entity: place.entity,
    project: place.project,
    runNames: place.runs,
    picture: picture && fileUrl(place, picture.run, picture.name),
  }
  const put = (viewId: string | null): Promise<string> =>
    publishReport(document, { ...shown, viewId }, (view: ReportView) => publisher.publish(place, view, picture))
  const known = publisher.viewId(place, subject)
  const viewId = await put(known).catch((error: unknown) => {
    if (known === null || !isGone(error)) throw error
    // Somebody deleted it there.
    return put(null)
  })
  publisher.keepViewId(place, subject, viewId)
  return {
    url: reportUrl(place, document.title, viewId),
    isUpdated: viewId === known,
    missing: document.runIds.filter((id) => !place.runs.has(id)),
  }
}

/** It becomes a file of a run that is there, as a report has no files of its own. */
async function pictureOf(
  { blocks }: ReportDocument,
  { runs }: ReportPlace,
  takePicture: TakePicture,
): Promise<ReportPicture | null> {
  const [run] = runs.values()
  const charts = blocks.flatMap((block) => (block.kind === 'charts' ? block.charts : []))
  if (run === undefined || charts.length === 0) return null
  const png = await takePicture(chartSheet(charts)).catch(unlessFailure)
  if (png === null) return null
  // Another picture has another name: whoever shows one may keep it.
  const hash = createHash('sha256').update(png).digest('hex').slice(0, 16)
  return { run, name: `report/curves-${hash}.png`, base64: Buffer.from(png).toString('base64') }
}

/** The panels and tables say the same: no report fails for a picture. */
function unlessFailure(error: unknown): null {
  if (error instanceof Failure) return null
  throw error
}

function isGone(error: unknown): boolean {
  return error instanceof ServerRefusal && error.code === 'sync.project-missing'
}
