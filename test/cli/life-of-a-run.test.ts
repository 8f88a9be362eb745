/** Runs from the command line, with the fake engine; everything else is real. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { journalEventSchema } from '#contract/journal'
import type { RunLock } from '#contract/run-directory'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeFakeModel } from './fake-model.ts'
import { smallRun, startVeritune, veritune } from './veritune-process.ts'

interface ListedRun {
  readonly id: string
  readonly status: string
  readonly step: number
}

async function listed(home: string): Promise<ListedRun[]> {
  return JSON.parse((await veritune(home, ['runs', '--json'])).stdout) as ListedRun[]
}

function trainerOf(home: string, id: string): number {
  return (JSON.parse(readFileSync(join(home, 'runs', id, 'run.lock'), 'utf8')) as RunLock).pid
}

/** Two that come at once count as one: npm hands on what the terminal has sent. */
const A_SECOND_PRESS_MS = 600

const idIn = (line: string): string => /Run (\S+)/.exec(line)![1]!

describe('veritune train', () => {
  test('tells steps and evaluations in plain lines, ends with the table, and exit code 0', async () => {
    const home = temporaryFolder()
    const small = smallRun(writeFakeModel(join(home, 'model')))
    const { code, stdout } = await veritune(home, ['train', ...small, '--steps', '3', '--name', 'three steps'])
    expect(code).toBe(0)
    const lines = stdout.split('\n')
    expect(lines.filter((line) => /^step \d\/3 {2}compile .* functional .* reward .* KL /.test(line))).toHaveLength(3)
    expect(lines.filter((line) => line.startsWith('evaluation at step ')).map((line) => line.slice(0, 20))).toEqual(
      ['0', '2', '3'].map((step) => `evaluation at step ${step}`),
    )
    expect(stdout).toMatch(/pass@1 at T 1 .*95 %, paired/)
    expect(stdout).toContain('Finished 3 steps in ')
    expect(stdout).not.toContain('\x1b')
    const { stdout: shown } = await veritune(home, ['show', 'three steps'])
    expect(shown).toMatch(/^three steps {2}finished/)
    expect(shown).toContain(join(home, 'runs', idIn(lines[0]!)))
  })

  test('with --json gives the journal, line for line, after one line with the run’s id', async () => {
    const home = temporaryFolder()
    const small = smallRun(writeFakeModel(join(home, 'model')))
    const { code, stdout } = await veritune(home, ['train', ...small, '--steps', '2', '--json'])
    expect(code).toBe(0)
    const [first, ...rest] = stdout.trimEnd().split('\n')
    const { id } = JSON.parse(first!) as { id: string }
    expect(rest.map((line) => journalEventSchema.parse(JSON.parse(line)))).toEqual(
      readFileSync(join(home, 'runs', id, 'journal.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    )
  })

  test('stops at Ctrl-C with a checkpoint and exit code 130, and resume goes on from there', async () => {
    const home = temporaryFolder()
    const small = smallRun(writeFakeModel(join(home, 'model')))
    const started = startVeritune(home, ['train', ...small, '--steps', '400', '--checkpoint-every', '0'])
    await started.said('step 2/400')
    started.child.kill('SIGINT')
    const { code, stdout, stderr } = await started.ended
    expect(code).toBe(130)
    expect(stderr).toContain('Stopping: a checkpoint is being written.')
    const step = Number(/checkpoint of step (\d+)/.exec(stdout)![1])
    expect(stdout).toContain(`Stopped after step ${step}.`)
    const id = idIn(stdout)
    expect(existsSync(join(home, 'runs', id, 'checkpoints', `step-${String(step).padStart(6, '0')}`))).toBe(true)
    expect(await listed(home)).toMatchObject([{ id, status: 'stopped', step }])

    const resumed = startVeritune(home, ['resume', id.slice(0, 12)])
    await resumed.said(`going on after step ${step}`)
    await resumed.said(`step ${step + 1}/400`)
    const { stdout: stopped } = await veritune(home, ['stop', id])
    expect(stopped).toMatch(/ended at step \d+ of 400: stopped/)
    expect((await resumed.ended).code).toBe(130)
  })

  test('resume lets a paused run go on where it stands', async () => {
    const home = temporaryFolder()
    const small = smallRun(writeFakeModel(join(home, 'model')))
    const started = startVeritune(home, ['train', ...small, '--steps', '400'])
    const id = idIn(await started.said('step 2/400'))
    const pause = { id: 'a', time: new Date().toISOString(), command: 'pause' }
    appendFileSync(join(home, 'runs', id, 'control.jsonl'), `${JSON.stringify(pause)}\n`)
    await started.said('paused at step')
    started.child.kill('SIGTERM')
    await started.ended
    const resumed = startVeritune(home, ['resume', id])
    await resumed.said('continued at step')
    await veritune(home, ['stop', id])
    expect((await resumed.ended).code).toBe(130)
  })

  test('leaves the run going at SIGTERM; another run waits for it, and leaves the queue at Ctrl-C', async () => {
    const home = temporaryFolder()
    const small = smallRun(writeFakeModel(join(home, 'model')))
    const first = startVeritune(home, ['train', ...small, '--steps', '400', '--name', 'long'])
    await first.said('step 1/400')
    first.child.kill('SIGTERM')
    const left = await first.ended
    expect(left.code).toBe(143)
    expect(left.stderr).toContain('The run goes on without this terminal.')
    expect(await listed(home)).toMatchObject([{ status: 'running' }])
    const second = startVeritune(home, ['train', ...small, '--steps', '400', '--name', 'waits'])
    await second.said('Waiting: another run is training.')
    second.child.kill('SIGINT')
    expect((await second.ended).code).toBe(130)
    expect((await veritune(home, ['stop', 'long'])).code).toBe(0)
    expect((await listed(home)).map(({ status }) => status)).toEqual(['stopped', 'stopped'])
  })

  test('leaves at a second Ctrl-C while the trainer has not stopped yet', async () => {
    const home = temporaryFolder()
    const small = smallRun(writeFakeModel(join(home, 'model')))
    const started = startVeritune(home, ['train', ...small, '--steps', '400'])
    const id = idIn(await started.said('step 1/400'))
    const trainer = trainerOf(home, id)
    process.kill(trainer, 'SIGSTOP')
    started.child.kill('SIGINT')
    await started.said('Stopping')
    await new Promise((resolve) => setTimeout(resolve, A_SECOND_PRESS_MS))
    started.child.kill('SIGINT')
    const { code, stderr } = await started.ended
    process.kill(trainer, 'SIGCONT')
    expect(code).toBe(130)
    expect(stderr).toContain('The run stops by itself.')
    expect((await veritune(home, ['stop', id])).stdout).toMatch(/stopped/)
  })

  test('a run that fails tells reason, remedy and the last words of its log, and gives exit code 3', async () => {
    const home = temporaryFolder()
    const model = writeFakeModel(join(home, 'model'))
    writeFileSync(join(model, 'chat_template.jinja'), '{{ never closed')
    const { code, stderr } = await veritune(home, ['train', ...smallRun(model), '--steps', '2'])
    expect(code).toBe(3)
    const [sentence, heading, ...log] = stderr.trimEnd().split('\n')
    expect(sentence).toMatch(/^The model in .* cannot be used: the chat template: .* Copy the tokenizer files again/)
    expect(heading).toBe('Last lines of its log:')
    expect(log.length).toBeGreaterThan(0)
  })

  test('a run that other tools scored is gone on with only when that is accepted', async () => {
    const home = temporaryFolder()
    const small = smallRun(writeFakeModel(join(home, 'model')))
    const started = startVeritune(home, ['train', ...small, '--steps', '400', '--name', 'judged'])
    await started.said('step 1/400')
    started.child.kill('SIGINT')
    const id = idIn((await started.ended).stdout)
    const file = join(home, 'runs', id, 'environment.json')
    const environment = JSON.parse(readFileSync(file, 'utf8')) as { judge: string }
    writeFileSync(file, JSON.stringify({ ...environment, judge: 'netlist: yosys 0.1' }))
    const refused = await veritune(home, ['resume', 'judged'])
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('The run was scored with netlist: yosys 0.1')
    const accepted = startVeritune(home, ['resume', 'judged', '--accept-judge'])
    await accepted.said('scored by other tools from here on')
    accepted.child.kill('SIGINT')
    expect((await accepted.ended).code).toBe(130)
  })

  test('a crashed trainer gives exit code 5 and says what helps', async () => {
    const home = temporaryFolder()
    const small = smallRun(writeFakeModel(join(home, 'model')))
    const started = startVeritune(home, ['train', ...small, '--steps', '400', '--name', 'killed'])
    const id = idIn(await started.said('step 1/400'))
    process.kill(trainerOf(home, id), 'SIGKILL')
    const { code, stderr } = await started.ended
    expect(code).toBe(5)
    expect(stderr).toContain('Resume the run')
  })
})

describe('veritune score', () => {
  test('the reference of a task has every functional cycle right, an empty module has not', async () => {
    const home = temporaryFolder()
    const [line] = readFileSync(join(REPOSITORY, 'resources/starter/tasks.jsonl'), 'utf8').split('\n', 1)
    const { id, reference } = JSON.parse(line!) as { id: string; reference: string }
    const good = await veritune(home, ['score', '-', '--task', id], reference)
    expect(good.stdout).toMatch(/functional +1\.000 +passed/)
    const bad = await veritune(home, ['score', '-', '--task', id, '--json'], 'module nothing; endmodule')
    expect(JSON.parse(bad.stdout)).toMatchObject({ scores: { functional: { value: 0 } } })
  })
})

describe('veritune', () => {
  test('lists its commands, and tells its version and an empty list', async () => {
    const home = temporaryFolder()
    const [help, version, runs] = await Promise.all([
      veritune(home, ['--help']),
      veritune(home, ['--version']),
      veritune(home, ['runs']),
    ])
    expect(help.stdout).toContain('store rebuild')
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(runs.stdout).toContain('There are no runs yet.')
    expect([help, version, runs].map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ])
  })

  test('ends quietly when whoever reads its output has gone', async () => {
    const started = startVeritune(temporaryFolder(), ['--help'])
    started.child.stdout!.destroy()
    expect(await started.ended).toMatchObject({ code: 0, stderr: '' })
  })
})
