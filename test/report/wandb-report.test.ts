/** The W&B Report is held by a golden file, as its form is no public contract: a change of ours shows as a difference there. */
import { describe, expect, test } from 'vitest'
import type { ReportView } from '#contract/sync-start'
import { publishReport, specOf, viewOf } from '#report/wandb-report'
import { documentFigures, wandbFigures } from '#test/support/report-figures'
import { everyBlock } from '#test/support/report-sources'

const PLACE = { entity: 'lab', project: 'verilog', viewId: null }
const document = everyBlock((name) => `${name} 43.1\u00a0% <b>`)

describe('a W&B Report', () => {
  test('has the form of the golden file', async () => {
    await expect(`${JSON.stringify(specOf(document, PLACE), null, 2)}\n`).toMatchFileSnapshot('../golden/wandb-report.json')
  })

  test('says the same figures as the document', () => {
    expect(wandbFigures(document)).toEqual(documentFigures(document))
  })

  test('is changed in place where it was made before, and shows the runs of the report only', async () => {
    const sent: ReportView[] = []
    const upsertView = (input: ReportView): Promise<string> => {
      sent.push(input)
      return Promise.resolve(input.id ?? 'view-1')
    }
    const viewId = await publishReport(document, PLACE, upsertView)
    expect(await publishReport(document, { ...PLACE, viewId }, upsertView)).toBe('view-1')
    expect(sent.map(({ id, entityName, projectName }) => [id, entityName, projectName])).toEqual([
      [undefined, 'lab', 'verilog'],
      ['view-1', 'lab', 'verilog'],
    ])
    expect(sent[0]!.spec).toContain('"op":"IN","key":{"section":"run","name":"name"},"value":["run-1","run-2"]')
    expect('id' in viewOf(document, PLACE)).toBe(false)
  })

  test('names its runs as they are called there, and shows the picture of its curves before what is written of them', () => {
    const picture = 'https://api.wandb.ai/files/lab/verilog/as-2/report/curves.png'
    const { blocks } = specOf(document, { ...PLACE, runNames: new Map([['run-2', 'as-2']]), picture }) as {
      blocks: { type: string; url?: string }[]
    }
    expect(JSON.stringify(blocks)).toContain('"value":["run-1","as-2"]')
    const place = blocks.findIndex(({ type }) => type === 'image')
    expect(blocks.slice(place, place + 3).map(({ type }) => type)).toEqual(['image', 'markdown-block', 'panel-grid'])
    expect(blocks[place]).toEqual({ type: 'image', children: [{ text: '' }], url: picture, hasCaption: false })
  })
})
