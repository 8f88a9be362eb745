/** A document in the formats that were asked for -> files. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '#contract/failure'
import type { ReportFormat } from '#contract/report-formats'
import { drawChartFile } from './charts/draw-chart.ts'
import type { Block, Chart, ReportDocument } from './document.ts'
import { htmlOf } from './html/html.ts'
import { latexOf } from './latex.ts'
import { markdownOf } from './markdown.ts'

/** A4 pages of an HTML document. Throws Failure report.no-printer, report.not-printed. */
export type PrintPdf = (html: string) => Promise<Uint8Array>

export interface ReportFile {
  /** Below the report's folder, with slashes. */
  readonly name: string
  readonly content: Uint8Array
}

type FileFormat = Exclude<ReportFormat, 'wandb'>

/** The files of one format: that which is read comes first. */
export async function filesOf(document: ReportDocument, format: FileFormat, printPdf: PrintPdf): Promise<ReportFile[]> {
  switch (format) {
    case 'html':
      return [textFile('report.html', htmlOf(document))]
    case 'pdf':
      return [{ name: 'report.pdf', content: await printPdf(htmlOf(document, 'paper')) }]
    case 'tex':
      return [textFile('report.tex', latexOf(document))]
    case 'md': {
      const charts = chartsOf(document.blocks)
      return [
        textFile('report.md', markdownOf(document, pictureOf)),
        ...charts.map((chart) => textFile(pictureOf(chart), drawChartFile(chart, 'chart'))),
      ]
    }
  }
}

/** Settings that the report's commands name. */
export function settingsFiles({ blocks }: ReportDocument): ReportFile[] {
  return blocks.flatMap((block) =>
    block.kind === 'code' && block.file !== null ? [textFile(block.file, `${block.text}\n`)] : [],
  )
}

/** Each file is whole or not there. Throws Failure report.unwritable. */
export function saveFiles(folder: string, files: readonly ReportFile[]): void {
  try {
    for (const { name, content } of files) {
      const file = join(folder, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(`${file}.partial`, content)
      renameSync(`${file}.partial`, file)
    }
  } catch (error) {
    throw new Failure('report.unwritable', { folder, reason: (error as Error).message }, { cause: error })
  }
}

function pictureOf({ key }: Chart): string {
  return `charts/${key.replaceAll(/[^a-z0-9]+/g, '-')}.svg`
}

function chartsOf(blocks: readonly Block[]): Chart[] {
  return blocks.flatMap((block) => (block.kind === 'charts' ? block.charts : []))
}

function textFile(name: string, text: string): ReportFile {
  return { name, content: Buffer.from(text, 'utf8') }
}
