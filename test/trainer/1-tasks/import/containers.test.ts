import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import {
  jsonLines,
  rtllmSet,
  veriReasonSet,
  verilogEvalV1Set,
  verilogEvalV2Set,
  verlSet,
  vgenSet,
  writeFiles,
  type FixtureSet,
} from '#test/support/fixture-datasets'
import { gatherImport, type Gathered } from '#test/support/imported'
import { temporaryFolder } from '#test/support/temporary-folder'
import { zipOf } from '#test/support/zip'

const SETS: [string, FixtureSet][] = [
  ['VerilogEval v2', verilogEvalV2Set('spec-to-rtl')],
  ['VerilogEval v2, code completion', verilogEvalV2Set('code-complete-iccad2023')],
  ['VerilogEval v1', verilogEvalV1Set()],
  ['RTLLM', rtllmSet()],
  ['VGen', vgenSet()],
  ['VeriReason', veriReasonSet(() => '0 1\n')],
  ['veRL', verlSet()],
]

async function importFile(name: string, bytes: string | Buffer): Promise<Gathered> {
  const file = join(temporaryFolder(), name)
  writeFileSync(file, bytes)
  return gatherImport({ path: file })
}

async function importFolder(files: FixtureSet['files']): Promise<Gathered> {
  const folder = temporaryFolder()
  writeFiles(folder, files)
  return gatherImport({ path: folder })
}

/** What of a task must not depend on where its data set lies. */
function placeless({ tasks }: Gathered): object[] {
  return tasks.map(({ origin, ...task }) => ({ ...task, licence: origin?.licence, row: origin?.row }))
}

describe('one data set', () => {
  test.each(SETS)('%s: has at least twenty tasks, all that were made', async (_, { files, badges }) => {
    const found = await importFolder(files)
    expect(found.tasks.map(({ id }) => id).sort()).toEqual(Object.keys(badges).sort())
    expect(found.tasks.length).toBeGreaterThanOrEqual(20)
  })

  test.each(SETS)('%s: is the same from an archive that wraps it in a folder, also under a wrong name', async (_, { files }) => {
    const entries = Object.entries(files).map(([name, data]) => ({ name: `set-main/${name}`, data }))
    const expected = await importFolder(files)
    for (const name of ['set.zip', 'download']) {
      const found = await importFile(name, zipOf(entries))
      expect(placeless(found)).toEqual(placeless(expected))
      expect(found.layouts).toEqual(expected.layouts)
    }
  })

  const rows = veriReasonSet(() => '0 1\n')
    .files['set.jsonl']!.split('\n')
    .filter((line) => line !== '')
    .map((line, i): Record<string, string> => ({ id: `row ${i}`, ...(JSON.parse(line) as object) }))
  const columns = Object.keys(rows[0]!)
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
  const table = (delimiter: string): string =>
    [columns, ...rows.map((row) => columns.map((name) => row[name]!))].map((row) => row.map(quoted).join(delimiter)).join('\r\n')
  const packed = (): Buffer =>
    Buffer.from(
      parquetWriteBuffer({ columnData: columns.map((name) => ({ name, data: rows.map((row) => row[name]!), type: 'STRING' })) }),
    )

  test.each<[string, () => string | Buffer]>([
    ['set.ndjson', () => jsonLines(rows)],
    ['set.json', () => JSON.stringify(rows)],
    ['set.json', () => JSON.stringify({ version: 1, rows }, null, 2)],
    ['set.json', () => jsonLines(rows)],
    ['set.csv', () => table(',')],
    ['set.tsv', () => table('\t')],
    ['set.parquet', packed],
    ['set', packed],
    ['set', () => jsonLines(rows)],
  ])('is the same as rows in %s', async (name, bytes) => {
    const withoutRow = ({ tasks }: Gathered): object[] => tasks.map(({ origin: _, ...task }) => task)
    const expected = withoutRow(await importFile('set.jsonl', jsonLines(rows)))
    const found = await importFile(name, bytes())
    expect(found.layouts).toEqual(['VeriReason'])
    expect(withoutRow(found)).toEqual(expected)
  })

  test('written as our own tasks comes back as it was', async () => {
    const { tasks } = await importFolder(rtllmSet().files)
    const found = await importFile('tasks.jsonl', jsonLines(tasks))
    expect(found.layouts).toEqual(['VeriTune tasks'])
    expect(found.tasks).toEqual(tasks)
  })
})
