import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  verilogEvalV1Set,
  verilogEvalV2Set,
  verlSet,
  vgenSet,
  rtllmSet,
  jsonLines,
  otherColumnsSet,
  writeFiles,
} from '#test/support/fixture-datasets'
import { gatherImport, type Gathered } from '#test/support/imported'
import { temporaryFolder } from '#test/support/temporary-folder'
import { importedTask } from '#test/support/verilog'

const CODE = 'module m(input a, output y);\n  assign y = a;\nendmodule'

async function importFiles(files: Readonly<Record<string, string>>, options: object = {}): Promise<Gathered> {
  const folder = temporaryFolder()
  writeFiles(folder, files)
  return gatherImport({ path: folder, ...options })
}
const importRows = (rows: readonly object[], name = 'rows.jsonl'): Promise<Gathered> => importFiles({ [name]: jsonLines(rows) })
const taskNamed = ({ tasks }: Gathered, id: string): Gathered['tasks'][number] => tasks.find((task) => task.id === id)!

describe('layouts', () => {
  test('VerilogEval v2: the design is TopModule, the testbench keeps its own reference', async () => {
    const found = await importFiles(verilogEvalV2Set('spec-to-rtl').files)
    expect(found.layouts).toEqual(['VerilogEval v2'])
    const task = taskNamed(found, 'spec-to-rtl/Prob001_and_three')
    expect(task).toMatchObject({
      moduleName: 'TopModule',
      testbench: { rule: 'mismatch-count', top: 'tb' },
      origin: { layout: 'VerilogEval v2', licence: 'MIT', row: 0 },
    })
    expect(task.reference).toContain('module TopModule(')
    expect(task.testbench!.files.map(({ name }) => name)).toEqual(['Prob001_and_three_test.sv', 'Prob001_and_three_ref.sv'])
    expect(task.testbench!.files[1]!.text).toContain('module RefModule(')
  })

  test('VerilogEval v2, code completion: the instruction shows the header', async () => {
    const found = await importFiles(verilogEvalV2Set('code-complete-iccad2023').files)
    expect(found.tasks[0]!.instruction).toContain('module TopModule (input a')
  })

  test('VerilogEval v1: the reference is header and body, the words come from their own file', async () => {
    const found = await importFiles(verilogEvalV1Set().files)
    const task = taskNamed(found, 'human/plus_carry')
    expect(found.layouts).toEqual(['VerilogEval v1'])
    expect(task).toMatchObject({ moduleName: 'top_module', family: 'verilog-eval-v1-human', testbench: { top: 'tb' } })
    expect(task.instruction).toMatch(/^The sum of a and b/)
    expect(taskNamed(found, 'machine/and_three').instruction).toMatch(/^Clearly: y is the AND/)
    expect(found.problems).toEqual([])
    expect(task.reference).toMatch(/^module top_module[\s\S]*assign \{cout, sum\}[\s\S]*endmodule/)
  })

  test('RTLLM: the reference takes the name that the testbench asks for; files that it reads come along', async () => {
    const found = await importFiles(rtllmSet().files)
    expect(found.layouts).toEqual(['RTLLM'])
    expect(found.tasks.some(({ origin }) => origin!.file.includes('_chatgpt4'))).toBe(false)
    const parts = taskNamed(found, 'two_parts')
    expect(parts.reference).toMatch(/^module two_parts\([\s\S]*module half\(/)
    expect(parts).toMatchObject({
      moduleName: 'two_parts',
      family: 'Arithmetic/Logic',
      testbench: { rule: 'design-passed', top: 'tb' },
    })
    const sides = taskNamed(found, 'from_file').testbench!.files.filter(({ isSource }) => !isSource)
    expect(sides.map(({ name }) => name)).toEqual(['vectors.dat'])
  })

  test('VGen: three prompts are three tasks of one split; an answer under another name is found', async () => {
    const found = await importFiles(vgenSet().files)
    expect(found.layouts).toEqual(['VGen'])
    expect(taskNamed(found, 'advanced1/prompt1').reference).toContain('module pick_one(')
    const splits = Map.groupBy(found.tasks, ({ id }) => id.split('/')[0])
    for (const [problem, tasks] of splits) expect(new Set(tasks.map(({ split }) => split)).size, problem).toBe(1)
    expect(taskNamed(found, 'basic1/prompt1').difficulty).toBe(2)
    expect(taskNamed(found, 'basic1/prompt3').difficulty).toBe(1)
    expect(found.problems).toEqual([])
  })

  test('veRL: the ground truth is JSON; a pickle is refused by name and never loaded', async () => {
    const found = await importFiles(verlSet().files)
    expect(found.layouts).toEqual(['veRL'])
    expect(taskNamed(found, 'train-0')).toMatchObject({ moduleName: 'and_three', split: 'train', family: 'codev' })
    expect(taskNamed(found, 'train-0').instruction).toMatch(/^y is the AND[\s\S]*module and_three\(/)
    expect(found.problems.map(({ line, field, message }) => [line, field, /pickle/.test(message)])).toEqual([
      [6, 'reward_model.ground_truth', true],
      [7, 'reward_model.ground_truth', true],
    ])
  })

  test('own tasks come through as they are', async () => {
    const task = importedTask(CODE)
    const found = await importRows([task, { ...task, id: 'other', moduleName: 'no name' }])
    expect(found.layouts).toEqual(['VeriTune tasks'])
    expect(found.tasks).toEqual([task])
    expect(found.problems).toMatchObject([{ line: 2, field: 'moduleName' }])
  })

  test('other columns are mapped as a person says', async () => {
    const { files } = otherColumnsSet()
    const found = await importFiles(files, { mapping: { prompt: 'frage', reference: 'loesung.verilog', id: 'nr' } })
    expect(found.layouts).toEqual(['mapped columns'])
    expect(found.tasks).toHaveLength(22)
    expect(taskNamed(found, 'own-0')).toMatchObject({ moduleName: 'and_three', reference: expect.stringContaining('a & b & c') })
  })

  test('a column that a person names and no row has is one failure that lists those that there are', async () => {
    const rows = [{ frage: 'x' }, { frage: 'y', loesung: { verilog: CODE } }]
    const mapping = { prompt: 'frage', reference: 'nosuch', id: 'none' }
    await expect(importFiles({ 'rows.jsonl': jsonLines(rows) }, { mapping })).rejects.toMatchObject({
      code: 'arguments.invalid',
      message: expect.stringMatching(/has no column "nosuch" \(for reference\) and "none" \(for id\)\. .* frage, loesung\.$/),
    })
    const sparse = { prompt: 'frage', reference: 'loesung.verilog' }
    const { tasks, problems } = await importFiles({ 'rows.jsonl': jsonLines(rows) }, { mapping: sparse })
    expect([tasks.length, problems.length]).toEqual([1, 1])
  })

  test('columns that nobody knows are a failure that lists them', async () => {
    await expect(importRows([{ frage: 'x', loesung: 'y' }])).rejects.toMatchObject({
      code: 'dataset.unknown-columns',
      facts: { columns: 'frage, loesung' },
    })
  })

  test('a testbench whose verdict cannot be read is a problem that names the field', async () => {
    const bench = 'module tb; m u(1\'b0, ); initial $display("looks good"); endmodule'
    const { problems } = await importRows([{ prompt: 'p', reference: CODE, testbench: bench }])
    expect(problems).toMatchObject([{ line: 1, field: 'testbench', message: expect.stringMatching(/no verdict/) }])
  })
})

describe('an import', () => {
  const other = CODE.replace('= a', '= ~a')

  test('names the field that is missing', async () => {
    const { problems, tasks } = await importRows([
      { id: 'a', prompt: 'p', reference: '' },
      { id: 'b', prompt: '', reference: CODE },
      { id: 'c', prompt: 'p', reference: 'no module here' },
    ])
    expect(tasks).toEqual([])
    expect(problems.map(({ line, field }) => [line, field])).toEqual([
      [1, 'reference'],
      [2, 'prompt'],
      [3, 'reference'],
    ])
  })

  test('flags what stands there twice, and says when it leaks between splits', async () => {
    const { problems } = await importRows([
      { id: 'a', prompt: 'Invert it.', reference: CODE, split: 'train' },
      { id: 'b', prompt: 'invert  IT.', reference: other, split: 'test' },
      { id: 'c', prompt: 'Pass it.', reference: `// again\n${CODE}`, split: 'train' },
    ])
    expect(
      problems.map(({ line, field, isWarning, message }) => [line, field, isWarning, /leaks between splits/.test(message)]),
    ).toEqual([
      [2, 'instruction', true, true],
      [3, 'reference', true, false],
    ])
    expect(problems[0]!.message).toContain('rows.jsonl line 1')
  })

  test('knows the same code under another module name, with other blanks and comments', async () => {
    const named = (name: string): string => CODE.replace('module m', `module ${name}`)
    const { problems } = await importRows([
      { id: 'a', prompt: 'p', reference: named('TopModule'), split: 'train' },
      { id: 'b', prompt: 'q', reference: named('top_module').replaceAll(' = ', '='), split: 'test' },
      { id: 'c', prompt: 'r', reference: named('RefModule').replaceAll('=', '/* is */='), split: 'test' },
    ])
    expect(problems.map(({ line, field, message }) => [line, field, /leaks between splits/.test(message)])).toEqual([
      [2, 'reference', true],
      [3, 'reference', true],
    ])
  })

  test('leaves a name that is part of another one alone', async () => {
    const code = (port: string): string => `module a(input ${port}, output y);\n  assign y = ${port};\nendmodule`
    const { problems } = await importRows([
      { id: 'a', prompt: 'p', reference: code('am') },
      { id: 'b', prompt: 'q', reference: code('ma') },
    ])
    expect(problems).toEqual([])
  })

  test('puts a problem of VerilogEval v1 and v2, in all their subsets, into one split', async () => {
    const files = {
      ...verilogEvalV1Set().files,
      ...verilogEvalV2Set('spec-to-rtl').files,
      ...verilogEvalV2Set('code-complete-iccad2023').files,
    }
    const { tasks, problems } = await importFiles(files)
    const problem = ({ id }: { id: string }): string => id.split('/')[1]!.replace(/^Prob\d+_/, '')
    const splits = Map.groupBy(tasks, problem)
    expect(splits.get('and_three')).toHaveLength(4)
    for (const [name, same] of splits) expect(new Set(same.map(({ split }) => split)).size, name).toBe(1)
    expect(problems.filter(({ message }) => message.includes('leaks'))).toEqual([])
  })

  test('draws the split from the task alone: order and neighbours do not matter, and twins stay together', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({
      id: `t${i}`,
      prompt: `p ${i}`,
      reference: CODE.replace('= a', `= a ^ ${i}`),
    }))
    const splitsOf = ({ tasks }: Gathered): Record<string, string> =>
      Object.fromEntries(tasks.map(({ id, split }) => [id, split]))
    const forwards = splitsOf(await importRows(rows))
    expect(splitsOf(await importRows(rows.toReversed()))).toEqual(forwards)
    const shares = Object.groupBy(Object.values(forwards), (split) => split)
    expect(shares.train!.length).toBeGreaterThan(210)
    expect(shares.validation!.length).toBeGreaterThan(12)
    expect(shares.test!.length).toBeGreaterThan(12)
    const twins = await importRows(
      rows.slice(0, 40).flatMap((row) => [row, { ...row, id: `${row.id}b`, prompt: `other ${row.prompt}` }]),
    )
    const found = splitsOf(twins)
    for (const { id } of rows.slice(0, 40)) expect(found[`${id}b`]).toBe(found[id])
  })

  test('takes the split that a column or the name of the file gives', async () => {
    const row = { id: 'a', prompt: 'p', reference: CODE }
    expect((await importRows([{ ...row, split: 'dev' }])).tasks[0]!.split).toBe('validation')
    expect((await importRows([row], 'set_rl_val.jsonl')).tasks[0]!.split).toBe('validation')
    expect((await importRows([row], 'my-test.jsonl')).tasks[0]!.split).toBe('test')
  })

  test('gives an id that is used twice another name, and says where', async () => {
    const found = await importRows([
      { id: 'a', prompt: 'p', reference: CODE },
      { id: 'a', prompt: 'q', reference: other },
    ])
    expect(found.tasks.map(({ id }) => id)).toEqual(['a', 'a~2'])
    expect(found.problems).toMatchObject([{ line: 2, field: 'id', isWarning: true }])
  })

  test('tells a model the name and the ports where the words do not', async () => {
    const [task] = (await importRows([{ id: 'a', prompt: 'Pass it on.', reference: CODE }])).tasks
    expect(task!.instruction).toBe('Pass it on.\n\nThe module must be named m. Its interface:\n\nmodule m(input a, output y);')
  })

  test.each([
    ['LICENSE', 'Attribution-ShareAlike 4.0 International', 'CC-BY-SA-4.0'],
    ['LICENSE.txt', 'Apache License\n   Version 2.0, January 2004', 'Apache-2.0'],
    ['COPYING', 'words of my own', 'COPYING'],
    ['README.md', '---\nlicense: cc-by-sa-4.0\n---\n', 'CC-BY-SA-4.0'],
  ])('keeps the licence that %s states', async (name, text, licence) => {
    const found = await importFiles({ [name]: text, 'rows.jsonl': jsonLines([{ id: 'a', prompt: 'p', reference: CODE }]) })
    expect(found.tasks[0]!.origin!.licence).toBe(licence)
  })

  test('reads a large file in little memory', async () => {
    const file = join(temporaryFolder(), 'large.jsonl')
    const filler = '// '.padEnd(60_000, 'x')
    const line = (i: number): string =>
      JSON.stringify({ id: `t${i}`, prompt: `p ${i}`, reference: `${filler}\n${CODE.replace('= a', `= a ^ ${i}`)}` })
    writeFileSync(file, Array.from({ length: 1_500 }, (_, i) => line(i)).join('\n'))
    const { importDataset } = await import('#trainer/1-tasks/import/import-dataset')
    const before = process.memoryUsage.rss()
    let [most, count] = [0, 0]
    for await (const found of importDataset({ path: file })) {
      if ('task' in found && ++count % 50 === 0) most = Math.max(most, process.memoryUsage.rss() - before)
    }
    expect(count).toBe(1_500)
    expect(most).toBeLessThan(200e6)
  })
})
