import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { gatherImport, type Gathered } from '#test/support/imported'
import { temporaryFolder } from '#test/support/temporary-folder'
import { zipOf } from '#test/support/zip'

const CODE = 'module m(input a, output y);\n  assign y = a;\nendmodule'
const row = (id: string, more: object = {}): object => ({
  id,
  prompt: `words of ${id}, "quoted"`,
  reference: CODE.replace('= a', `= a /* ${id} */`),
  ...more,
})

async function importText(name: string, data: string | Buffer): Promise<Gathered> {
  const file = join(temporaryFolder(), name)
  writeFileSync(file, data)
  return gatherImport({ path: file })
}
const idsOf = ({ tasks }: Gathered): string[] => tasks.map(({ id }) => id)
const realProblems = ({ problems }: Gathered): [number, string][] =>
  problems.filter(({ isWarning }) => !isWarning).map(({ line, message }) => [line, message])

describe('rows', () => {
  const rows = ['a', 'b', 'c'].map((id) => row(id))

  test('of JSON lines', async () => {
    expect(idsOf(await importText('x.jsonl', rows.map((one) => JSON.stringify(one)).join('\r\n')))).toEqual(['a', 'b', 'c'])
  })

  test.each([
    ['an array', rows],
    ['an object with one array', { version: 1, data: rows }],
  ])('of a JSON document that is %s', async (_, document) => {
    expect(idsOf(await importText('x.json', JSON.stringify(document)))).toEqual(['a', 'b', 'c'])
  })

  test.each([
    ['csv', ','],
    ['tsv', '\t'],
  ])('of %s, with texts over several lines', async (extension, delimiter) => {
    const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`
    const text =
      ['id', 'prompt', 'reference'].join(delimiter) +
      '\n' +
      rows.map((one) => Object.values(one).map(quoted).join(delimiter)).join('\n')
    const found = await importText(`x.${extension}`, `\uFEFF${text}`)
    expect(idsOf(found)).toEqual(['a', 'b', 'c'])
    expect(found.tasks[0]!.instruction).toContain('"quoted"')
    expect(found.tasks[0]!.reference).toContain('\n')
  })

  test('of Parquet, on the disk and in an archive', async () => {
    const many = Array.from({ length: 1_300 }, (_, i) => row(`r${i}`) as Record<string, string>)
    const columnData = ['id', 'prompt', 'reference'].map((name) => ({
      name,
      data: many.map((one) => one[name]!),
      type: 'STRING' as const,
    }))
    const bytes = Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: 400 }))
    expect(idsOf(await importText('x.parquet', bytes))).toEqual(many.map(({ id }) => id))
    expect(idsOf(await importText('x.zip', zipOf([{ name: 'x.parquet', data: bytes }])))).toHaveLength(1_300)
  })

  test('of a file that is no Parquet are a problem, no crash', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'bad.parquet'), 'PAR1 no no no PAR1')
    writeFileSync(join(folder, 'good.jsonl'), JSON.stringify(row('a')))
    const found = await gatherImport({ path: folder })
    expect(idsOf(found)).toEqual(['a'])
    expect(found.problems).toMatchObject([{ file: 'bad.parquet', message: expect.stringMatching(/no Parquet file/) }])
  })

  test.each([
    ['x.csv', Buffer.from(`\uFEFFid,prompt,reference\na,w,"${CODE}"\n`, 'utf16le')],
    ['x.csv', Buffer.from(`id,prompt,reference\na,w,"${CODE}"\n`, 'utf16le')],
    ['x.jsonl', Buffer.from(JSON.stringify(row('a')), 'utf16le').swap16()],
  ])('in UTF-16 are a failure that says so (%s)', async (name, bytes) => {
    await expect(importText(name, bytes)).rejects.toMatchObject({
      code: 'dataset.unreadable',
      message: expect.stringMatching(/UTF-16\. Save it as UTF-8/),
    })
  })

  test('of a truncated Parquet file alone are a failure that says so, with its name', async () => {
    const reason = expect.stringMatching(/no Parquet file .*PAR1/)
    await expect(importText('x.parquet', 'PAR1 and no more')).rejects.toMatchObject({
      code: 'dataset.unreadable',
      facts: { file: expect.stringMatching(/\/x\.parquet$/), reason },
    })
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'x.parquet'), 'PAR1 and no more')
    writeFileSync(join(folder, 'package.json'), '{"name": "x"}')
    await expect(gatherImport({ path: folder })).rejects.toMatchObject({
      code: 'dataset.unreadable',
      facts: { file: join(folder, 'x.parquet'), reason },
    })
  })

  test('that are all damaged are a failure with the first of them; one among others hides no unknown columns', async () => {
    await expect(importText('x.jsonl', '{"id"\n[1]\n')).rejects.toMatchObject({
      code: 'dataset.unreadable',
      message: expect.stringMatching(/line 1: The line is not JSON/),
    })
    await expect(importText('x.jsonl', '[1]\n{"frage": "x"}\n')).rejects.toMatchObject({ code: 'dataset.unknown-columns' })
  })

  test('that are damaged are named with their line, and the others are read', async () => {
    const found = await importText(
      'x.jsonl',
      [JSON.stringify(row('a')), '{"id": "b"', '[1]', '', 'null', JSON.stringify(row('c'))].join('\n'),
    )
    expect(idsOf(found)).toEqual(['a', 'c'])
    expect(realProblems(found).map(([line]) => line)).toEqual([2, 3, 5])
    for (const { fix } of found.problems) expect(fix).not.toBe('')
  })

  test('a line that is far too long is a problem with its number', async () => {
    const found = await importText(
      'x.jsonl',
      `${JSON.stringify(row('a'))}\n"${'x'.repeat(9_000_000)}"\n${JSON.stringify(row('b'))}\n`,
    )
    expect(idsOf(found)).toEqual(['a', 'b'])
    expect(realProblems(found)).toEqual([[2, 'The line is longer than 8 MB.']])
  })

  test('nested too deep, with zero bytes or with odd names do no harm', async () => {
    const deep = '['.repeat(200_000)
    const odd = '{"__proto__": {"prompt": "inherited"}, "constructor": 1, "id": "x"}'
    const zero = JSON.stringify(row('z', { note: '\0' }))
    const found = await importText('x.jsonl', `${deep}\n${odd}\n${zero}\n`)
    expect(idsOf(found)).toEqual(['z'])
    expect(({} as { prompt?: string }).prompt).toBeUndefined()
  })

  test('that are no UTF-8 are taken in with a warning', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"id": "a", "prompt": "gr\u00fc'.slice(0, -1)),
      Buffer.from([0xfc]),
      Buffer.from(`", "reference": ${JSON.stringify(CODE)}}`),
    ])
    const found = await importText('x.jsonl', bytes)
    expect(idsOf(found)).toEqual(['a'])
    expect(found.problems).toMatchObject([{ isWarning: true, message: 'Some of its bytes are no UTF-8.', line: 1 }])
  })

  test('a CSV row that is far too long is one problem with its line, and the rows after it are read', async () => {
    const line = (id: string, text: string): string => `${id},${text},"${CODE.replace('= a', `= a /* ${id} */`)}"\n`
    for (const quote of ['"', '']) {
      const long = quote + 'x'.repeat(20_000_000) + quote
      const found = await importText('x.csv', `id,prompt,reference\n${line('a', 'p')}${line('b', long)}${line('c', 'q')}`)
      expect(idsOf(found)).toEqual(['a', 'c'])
      expect(realProblems(found)).toEqual([[5, 'The row is longer than 8 MB.']])
      expect(found.tasks[1]!.origin!.row).toBe(8)
    }
  })

  test('of CSV may have columns of any name', async () => {
    const found = await importText('x.csv', `__proto__,id,prompt,constructor,reference\nx,a,p,y,"${CODE}"\n`)
    expect(idsOf(found)).toEqual(['a'])
  })

  test('of Parquet in one large row group are read in shares of it', async () => {
    const data = Array.from({ length: 900 }, (_, i) => `// ${String(i).padEnd(100_000, String(i % 10))}\n${CODE}`)
    const columnData = [
      { name: 'prompt', data: data.map((_, i) => `p ${i}`), type: 'STRING' as const },
      { name: 'reference', data, type: 'STRING' as const },
    ]
    const found = await importText('x.parquet', Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: 900 })))
    expect(idsOf(found)).toEqual(data.map((_, i) => `x-${i + 1}`))
    expect(found.tasks.map(({ origin }) => origin!.row)).toEqual(data.map((_, i) => i + 1))
  })

  test('a CSV row with too many fields is a problem, the others are read', async () => {
    const found = await importText(
      'x.csv',
      `id,prompt,reference\na,w,"${CODE}"\nb,w,"${CODE}",more\nc,v,"${CODE.replace('= a', '= ~a')}"\n`,
    )
    expect(idsOf(found)).toEqual(['a', 'c'])
    expect(realProblems(found)).toHaveLength(1)
  })
})
