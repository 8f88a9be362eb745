import { describe, expect, test } from 'vitest'
import { rtllmSet, verilogEvalV1Set, verilogEvalV2Set, vgenSet, writeFiles } from '#test/support/fixture-datasets'
import { gatherImport, type Gathered } from '#test/support/imported'
import { temporaryFolder } from '#test/support/temporary-folder'

const CODE = 'module m(input a, output y);\n  assign y = a;\nendmodule'

async function importFiles(files: Readonly<Record<string, string>>): Promise<Gathered> {
  const folder = temporaryFolder()
  writeFiles(folder, files)
  return gatherImport({ path: folder })
}

/** The files of one folder of a set, as if that folder had been opened. */
function below(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  const inside = Object.entries(files).filter(([name]) => name.startsWith(`${folder}/`))
  return Object.fromEntries(inside.map(([name, text]) => [name.slice(folder.length + 1), text]))
}

describe('a part of a data set', () => {
  test('VerilogEval v2: parts whose others are missing are named', async () => {
    const { problems } = await importFiles(verilogEvalV2Set('spec-to-rtl').files)
    const found = problems.filter(({ isWarning }) => !isWarning).map(({ file, field }) => [file, field])
    expect(found).toEqual([
      ['dataset_spec-to-rtl/Prob998_lonely_prompt.txt', 'test'],
      ['dataset_spec-to-rtl/Prob999_lonely_ref.sv', 'prompt'],
    ])
  })

  test('VerilogEval v2: both subsets from the root, a task of each in the same split, none called a repetition', async () => {
    const files = { ...verilogEvalV2Set('spec-to-rtl').files, ...verilogEvalV2Set('code-complete-iccad2023').files }
    const { tasks, problems } = await importFiles(files)
    expect(tasks).toHaveLength(44)
    for (const splits of Map.groupBy(tasks, ({ id }) => id.split('/')[1]).values()) {
      expect(new Set(splits.map(({ split }) => split)).size).toBe(1)
    }
    expect(problems.filter(({ isWarning }) => isWarning)).toEqual([])
  })

  test('VerilogEval v1: rows without words are taken in with a warning that says where words are', async () => {
    const { tasks, problems } = await importFiles(below('data', verilogEvalV1Set().files))
    expect(tasks).toHaveLength(25)
    const wordless = problems.filter(({ field }) => field === 'detail_description')
    expect(wordless).toHaveLength(25)
    expect(wordless[0]).toMatchObject({ isWarning: true, line: 1, fix: expect.stringContaining('VerilogDescription') })
  })

  test('VerilogEval v1: words in the row itself are taken', async () => {
    const [row] = verilogEvalV1Set().files['data/VerilogEval_Human.jsonl']!.split('\n')
    const whole = { ...(JSON.parse(row!) as object), detail_description: 'Its own words.' }
    const { tasks } = await importFiles({ 'rows.jsonl': JSON.stringify(whole) })
    expect(tasks[0]!.instruction).toMatch(/^Its own words\./)
  })

  test('RTLLM: of several top modules the one that is marked as verified is the reference', async () => {
    const { tasks } = await importFiles(rtllmSet().files)
    const { reference } = tasks.find(({ id }) => id === 'kept_parts')!
    expect(reference).toContain('module kept_parts(input [1:0] a')
    expect(reference).toContain('module unused(')
    expect(reference).toContain('// not verified_kept of old')
  })

  test('RTLLM and VGen: the folder of a single design is a data set, with the name that it has in the whole', async () => {
    const design = await importFiles(below('Arithmetic/Logic/and_three', rtllmSet().files))
    expect(design.tasks.map(({ id }) => id)).toEqual(['and_three'])
    const { tasks } = await importFiles(rtllmSet().files)
    for (const { id, split } of design.tasks) expect(tasks.find((task) => task.id === id)!.split).toBe(split)
    const problem = await importFiles(below('advanced1', vgenSet().files))
    expect(problem.tasks.map(({ id }) => id)).toEqual(['pick_one/prompt1', 'pick_one/prompt2', 'pick_one/prompt3'])
    expect(problem.tasks[0]!.reference).toContain('s ? b : a')
  })

  test.each([
    ['of protocol 2 in base64', Buffer.from('\x80\x02}q\x00.', 'latin1').toString('base64')],
    ['of protocol 4 in base64', Buffer.from('\x80\x04\x95\x0a', 'latin1').toString('base64')],
    ['of protocol 5 in base64', Buffer.from('\x80\x05\x95\x0a', 'latin1').toString('base64')],
    ['in hexadecimal', '80049506'],
    ['read as UTF-8', '\uFFFD\u0005\uFFFD'],
    ['read as Latin-1', '\x80\x04\x95'],
    ["in Python's notation", "b'\\x80\\x04\\x95'"],
    ['of protocol 0', '(dp0\nVanswer\n'],
    ['that would run a program', 'cposix\nsystem\n'],
  ])('veRL: a pickle %s is refused by name', async (_, truth) => {
    const rows = [truth, JSON.stringify({ answer: { code: CODE } })].map((ground_truth, index) =>
      JSON.stringify({ prompt: [{ role: 'user', content: 'x' }], reward_model: { ground_truth }, extra_info: { index } }),
    )
    const { tasks, problems } = await importFiles({ 'rows.jsonl': rows.join('\n') })
    expect(tasks).toHaveLength(1)
    expect(problems).toMatchObject([
      { line: 1, field: 'reward_model.ground_truth', message: expect.stringContaining('pickle'), isWarning: false },
    ])
  })
})

describe('the words of VerilogEval v1', () => {
  const body = '\n  assign y = a;\n\nendmodule\n'
  const test_ = 'module tb; top_module u(); initial $display("Mismatches: 0 in 1 samples"); endmodule'
  const isWordless = async (prompt: string): Promise<boolean> => {
    const row = { task_id: 'a', prompt, canonical_solution: body, test: test_ }
    const { problems } = await importFiles({ 'rows.jsonl': JSON.stringify(row) })
    return problems.some(({ field }) => field === 'detail_description')
  }

  test('may be a comment before the module or behind its header, but not one in its ports', async () => {
    expect(await isWordless('// Pass a on to y.\nmodule top_module(input a, output y);\n')).toBe(false)
    expect(await isWordless('module top_module(input a, output y);\n  // Pass a on to y.\n')).toBe(false)
    expect(await isWordless('module top_module(\n  input a, // one-hot\n  output y\n);\n')).toBe(true)
    expect(await isWordless('module top_module(input a, output y);\n')).toBe(true)
  })
})

describe('the ground truth of veRL', () => {
  const OTHER = CODE.replace('= a', '= ~a')
  const importTruth = (truth: string): Promise<Gathered> =>
    importFiles({ 'rows.jsonl': JSON.stringify({ prompt: 'x', reward_model: { ground_truth: truth } }) })

  test.each([
    ['JSON', JSON.stringify({ answer: { code: CODE } })],
    ['JSON that is encoded twice', JSON.stringify(JSON.stringify({ answer: { code: CODE } }))],
    ['a text that is encoded twice', JSON.stringify(JSON.stringify(CODE))],
    ['a bare module', CODE],
    ['under another key', JSON.stringify({ gt1: { code: CODE } })],
    ['under another key than one without code', JSON.stringify({ answer: { code: '' }, gt1: { code: CODE } })],
    ['beside texts that are no code', JSON.stringify({ answer: { code: CODE }, source: 'a book' })],
    ['twice the same', JSON.stringify({ answer: { code: CODE }, gt1: { code: CODE } })],
  ])('may be %s', async (_, truth) => {
    const { tasks, problems } = await importTruth(truth)
    expect(tasks.map(({ reference }) => reference)).toEqual([CODE])
    expect(problems).toEqual([])
  })

  test.each([
    [{ answer: { code: CODE }, gt1: { code: OTHER } }, CODE],
    [{ gt1: { code: OTHER }, gt2: CODE }, OTHER],
    [{ gt1: { code: OTHER }, answer: { code: CODE } }, CODE],
  ])('is the first of several alternatives, that of `answer` before others, with a remark: %j', async (truth, code) => {
    const { tasks, problems } = await importTruth(JSON.stringify(truth))
    expect(tasks[0]!.reference).toBe(code)
    expect(problems).toMatchObject([
      { field: 'reward_model.ground_truth', isWarning: true, message: expect.stringContaining('not used') },
    ])
  })

  test('without code is a problem, however often it is encoded', async () => {
    for (const truth of [{ answer: { input_port_width: [] } }, 42, null, [], '']) {
      const { tasks, problems } = await importTruth(JSON.stringify(JSON.stringify(truth)))
      expect(tasks).toEqual([])
      expect(problems).toMatchObject([{ line: 1, field: 'reward_model.ground_truth', isWarning: false }])
    }
  })
})

describe('a fence', () => {
  const importOutput = (output: string): Promise<Gathered> =>
    importFiles({
      'rows.jsonl': JSON.stringify({ instruction: 'x', output, tb: 'module t; m u(); endmodule', tb_result: '1' }),
    })

  test.each([
    ['an example', '```\nm u(.a(1), .y(y));\n```'],
    ['an example that is left open', '```\na = 1 -> y = 1'],
    ['a module that is cut off', '```verilog\nmodule m(input a'],
  ])('with %s behind the module does not stand for it', async (_, example) => {
    const { tasks } = await importOutput(`\`\`\`verilog\n${CODE}\n\`\`\`\nExample of use:\n${example}`)
    expect(tasks.map(({ reference }) => reference)).toEqual([CODE])
  })

  test('that comes last counts where several hold a module', async () => {
    const draft = CODE.replace('= a', '= 0')
    const { tasks } = await importOutput(`\`\`\`\n${draft}\n\`\`\`\nNo:\n\`\`\`\n${CODE}\n\`\`\``)
    expect(tasks.map(({ reference }) => reference)).toEqual([CODE])
  })
})

describe('a row that lacks a column', () => {
  const veriReason = { instruction: 'x', output: CODE, tb: `module t; m u(); endmodule`, tb_result: '1' }

  test('of the layout of the rows before it is named with the field', async () => {
    const { tb_result: _, ...damaged } = veriReason
    const rows = [{ id: 'a', ...veriReason }, { id: 'b', ...damaged }, { id: 'c' }]
    const { tasks, problems } = await importFiles({ 'rows.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') })
    expect(tasks.map(({ id }) => id)).toEqual(['a'])
    expect(problems.map(({ line, field, isWarning }) => [line, field, isWarning])).toEqual([
      [2, 'tb_result', false],
      [3, 'instruction', false],
    ])
  })

  test('is named with its line also when it comes first', async () => {
    const rows = [{ version: 1 }, { id: 'b', ...veriReason }]
    const { problems } = await importFiles({ 'rows.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') })
    expect(problems.map(({ line, file }) => [line, file])).toEqual([[1, 'rows.jsonl']])
  })

  test('in a file without any task is passed over in silence', async () => {
    const { problems } = await importFiles({ 'package.json': '{"name": "x"}', 'rows.jsonl': JSON.stringify(veriReason) })
    expect(problems).toEqual([])
  })
})

test('ids that come again by the thousand take linear time', async () => {
  const rows = Array.from({ length: 6_000 }, (_, i) =>
    JSON.stringify({ id: 'same', prompt: `p ${i}`, reference: CODE.replace('= a', `= a ^ ${i}`) }),
  )
  const { tasks } = await importFiles({ 'rows.jsonl': rows.join('\n') })
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(6_000)
  expect(tasks.at(-1)!.id).toBe('same~6000')
})

test.each([
  ['a description that is no JSON', { 'description.json': '{"a"' }],
  ['a licence of ten megabytes', { LICENSE: 'x'.repeat(10_000_000) }],
])('%s keeps no task away', async (_, file) => {
  const { tasks } = await importFiles({ ...file, 'rows.jsonl': JSON.stringify({ id: 'a', prompt: 'p', reference: CODE }) })
  expect(tasks.map(({ id }) => id)).toEqual(['a'])
})
