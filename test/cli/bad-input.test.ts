/** Whatever is wrong with a command line or a file is one sentence with its remedy, and exit code 2; no run is made. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { readFileSync, readdirSync } from 'node:fs'
import { writeFakeModel } from './fake-model.ts'
import { smallRun, veritune } from './veritune-process.ts'

const PRESET = ['--preset', 'starter-grpo']

async function refusal(args: readonly string[], home = temporaryFolder()): Promise<string> {
  const { code, stdout, stderr } = await veritune(home, args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  return stderr.trim()
}

describe('bad input', () => {
  test('an unknown command, an unknown option and a missing value are named', async () => {
    const said = await Promise.all([
      refusal(['tarin']),
      refusal(['train', ...PRESET, '--step', '3']),
      refusal(['train', '--preset']),
    ])
    expect(said).toEqual([
      'There is no command "tarin". See `veritune --help`.',
      'There is no option "--step" here. See `veritune --help`.',
      '--preset needs a value. See `veritune --help`.',
    ])
  })

  test('an unknown preset is answered with those that there are', async () => {
    expect(await refusal(['train', '--preset', 'starter-gpro'])).toBe(
      'There is no preset "starter-gpro". Use one of: starter-grpo, starter-ppo, starter-reinforce-plus-plus, starter-rloo, 7b-grpo, 7b-ppo, seed-grpo, seed-grpo-7b, seed-ppo, seed-ppo-7b.',
    )
  })

  test('an invalid value names the field as a dotted path and the limit', async () => {
    const said = await Promise.all([
      refusal(['train', ...PRESET, '--set', 'optimizer.learningRate=7']),
      refusal(['train', ...PRESET, '--set', 'reward.weights.funtional=1']),
      refusal(['train', ...PRESET, '--steps=-5']),
    ])
    expect(said).toEqual([
      'optimizer.learningRate must be at most 1. Choose another value.',
      'reward.weights.funtional is no setting. Check its name.',
      'steps must be at least 0. Choose another value.',
    ])
  })

  test('a config file that is not JSON, and one that is not there, are named', async () => {
    const home = temporaryFolder()
    const broken = join(home, 'broken.json')
    writeFileSync(broken, '{ "engine": ')
    expect(await refusal(['train', '--config', broken], home)).toContain(`The file ${broken} cannot be read as JSON: `)
    expect(await refusal(['train', '--config', join(home, 'none.json')], home)).toContain('it is not there')
  })

  test('a malformed task line is named by file, line and field, and no run is made', async () => {
    const home = temporaryFolder()
    const model = writeFakeModel(join(home, 'model'))
    const file = join(home, 'tasks.jsonl')
    const [first, second] = readFileSync(join(REPOSITORY, 'resources/starter/tasks.jsonl'), 'utf8').split('\n')
    writeFileSync(file, `${first}\n${second!.replace('"difficulty":', '"difficulty":9')}\n`)
    const sentence = await refusal(['train', ...smallRun(model), '--set', `dataset.id=${file}`], home)
    expect(sentence).toContain(`${file}, line 2: field "difficulty"`)
    expect(readdirSync(join(home, 'runs'))).toEqual([])
  })

  test('a model folder without one of its files is named', async () => {
    const home = temporaryFolder()
    expect(await refusal(['train', ...PRESET, '--set', `model=${home}`], home)).toContain(
      `The model folder ${home} has no config.json.`,
    )
  })

  test('a place where no tasks can be written, and a column that is not there, are named', async () => {
    const home = temporaryFolder()
    const rows = join(home, 'rows.jsonl')
    writeFileSync(rows, '{"frage": "Pass it on.", "loesung": "module m(input a, output y); assign y = a; endmodule"}\n')
    const check = ['dataset', 'check', rows, '--map', 'prompt=frage,reference=loesung', '--out']
    expect(await refusal([...check, join(home, 'none', 'x.jsonl')], home)).toContain(
      'x.jsonl cannot be written: its folder is not',
    )
    expect(await refusal([...check, home], home)).toContain(`${home} cannot be written: it is a folder. `)
    expect(await refusal(['dataset', 'check', rows, '--map', 'prompt=frage,reference=nosuch'], home)).toContain(
      `${rows} has no column "nosuch" (for reference). Its columns are: frage, loesung. `,
    )
  })

  test('an unknown run, a missing Verilog file and an unknown task are named', async () => {
    const home = temporaryFolder()
    expect(await refusal(['show', 'nobody'], home)).toBe('There is no run "nobody". `veritune runs` lists the runs.')
    const file = join(home, 'none.v')
    expect(await refusal(['score', file, '--task', 'x'], home)).toContain(`The file ${file} is not there.`)
    writeFileSync(file, 'module m; endmodule\n')
    expect(await refusal(['score', file, '--task', 'x'], home)).toContain('There is no task "x".')
  })
})
