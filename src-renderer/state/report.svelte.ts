import type { MadeReport, ReportProgress, ReportRequest } from '#contract/report'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** A report on its way to files, or in a browser to its downloads. */
export class ReportExport {
  readonly answer = new Latest<MadeReport>()
  progress = $state.raw<ReportProgress | null>(null)
  /** Data folder of the workbench. */
  home = $state('')
  readonly #endListening = workbench.on('reports.progress', (progress) => (this.progress = progress))

  constructor() {
    void workbench.call('workbench.info').then(
      ({ home }) => (this.home = home),
      () => {},
    )
  }

  async make(request: ReportRequest): Promise<void> {
    this.answer.forget()
    this.progress = null
    await this.answer.ask(() => workbench.call('reports.make', request))
    const download = this.answer.value?.download ?? null
    if (download !== null) save(download)
  }

  close(): void {
    this.#endListening()
  }
}

/** As a browser's download. */
function save({ name, mediaType, base64 }: NonNullable<MadeReport['download']>): void {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
  const address = URL.createObjectURL(new Blob([bytes], { type: mediaType }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
