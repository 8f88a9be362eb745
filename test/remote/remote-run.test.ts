/** Runs on a host over a real sshd on the loopback, whose link is cut and restored in the middle. */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { RUN_FILES } from '#contract/run-directory'
import { overSsh, reasonForNoSshd } from '#test/support/loopback-sshd'
import { addBox, expectSame, openRemote, patiently, remoteSurroundings, stepsIn } from '#test/support/remote-workbench'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { journalOf } from '#test/support/tiny-trainer'
import { veritune } from '../cli/veritune-process.ts'

const noSshd = reasonForNoSshd()
const around = remoteSurroundings(noSshd === null)

const upTo = (steps: number): number[] => Array.from({ length: steps }, (_, i) => i + 1)

describe.skipIf(noSshd !== null)(overSsh('a run on a host', noSshd), () => {
  test('whose link is cut and restored in the middle has each step once, here as there', async () => {
    const home = temporaryFolder()
    const { api, create, until } = await openRemote(around, home)
    const id = await create({ steps: 400, checkpointEvery: 100, 'evaluation.every': 100 })
    const [here, there] = [join(home, 'runs', id), around.directory(id)]
    onTestFinished(() => around.sshd.restore())
    for (let known = 0, cuts = 0; cuts < 2; cuts++) {
      await until(id, ({ summary }) => summary.step > known)
      await around.sshd.cut()
      const lost = await until(id, ({ summary }) => summary.remote!.problem !== null)
      expect(lost.summary).toMatchObject({ status: 'running', remote: { host: 'box', problem: { message: /box/ } } })
      known = stepsIn(here).length
      await patiently(() => (stepsIn(there).length >= known + 3 ? true : undefined))
      expect(stepsIn(here)).toEqual(upTo(known))
      expect((await api['runs.get'](id)).summary.status).toBe('running')
      await around.sshd.restore()
    }
    const { summary } = await until(id, ({ summary: { status } }) => status === 'finished')
    expect(summary).toMatchObject({ step: 400, remote: { problem: null } })
    expectSame(here, there)
    expect(stepsIn(here)).toEqual(upTo(400))
    expect(await api['rollouts.list'](id, 400)).toHaveLength(8)
    const config = (await api['runs.get'](id)).config
    expect([config.model, config.dataset.id]).toEqual([around.overrides.model, around.overrides['dataset.id']])
  })

  test('is gone on with by another workbench when this one is killed while the link is down', async () => {
    const home = temporaryFolder()
    addBox(home, around.there)
    const request = JSON.stringify({
      preset: 'starter-grpo',
      overrides: { ...around.overrides, steps: 200, checkpointEvery: 50 },
    })
    const given = [home, request, JSON.stringify(around.options), 'box']
    const child = spawn(process.execPath, [join(REPOSITORY, 'test/support/workbench-process.ts'), ...given])
    onTestFinished(() => void child.kill('SIGKILL'))
    const id = await new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text).trim())))
    const [here, there] = [join(home, 'runs', id), around.directory(id)]
    await patiently(() => (stepsIn(here).length >= 3 ? true : undefined))
    await around.sshd.cut()
    child.kill('SIGKILL')
    // As if it had been killed within a line.
    truncateSync(join(here, RUN_FILES.journal), readFileSync(join(here, RUN_FILES.journal)).length - 7)
    await patiently(() => (stepsIn(there).length >= 8 ? true : undefined))
    await around.sshd.restore()
    const { until } = await openRemote(around, home)
    await until(id, ({ summary: { status } }) => status === 'finished')
    expectSame(here, there)
    expect(stepsIn(here)).toEqual(upTo(200))
  })

  test('is paused, stopped and resumed, each once, also by what was asked while the link was down', async () => {
    const home = temporaryFolder()
    const { api, create, until } = await openRemote(around, home)
    const id = await create({ steps: 20_000, checkpointEvery: 5_000, 'evaluation.every': 0 })
    const [here, there] = [join(home, 'runs', id), around.directory(id)]
    onTestFinished(() => around.sshd.restore())
    await until(id, ({ summary }) => summary.step >= 1)
    await around.sshd.cut()
    await api['runs.control'](id, { command: 'pause' }, '0123abcd')
    await around.sshd.restore()
    await until(id, ({ summary: { status } }) => status === 'paused')
    await api['runs.control'](id, { command: 'pause' }, '0123abcd')
    await api['runs.control'](id, { command: 'stop' })
    const { end } = await until(id, ({ summary: { status } }) => status === 'stopped')
    expect(end!.reason).toBe('It was asked to stop.')
    await api['runs.resume'](id)
    const { step } = (await until(id, ({ summary: { status } }) => status === 'running')).summary
    await until(id, ({ summary }) => summary.step > step + 1)
    await api['runs.control'](id, { command: 'stop' })
    await until(id, ({ summary: { status } }) => status === 'stopped')
    expectSame(here, there)
    const applied = journalOf(there).flatMap((event) => (event.type === 'control.applied' ? [event.command] : []))
    expect(applied).toEqual(['pause', 'stop', 'stop'])
    expect(journalOf(there).filter(({ type }) => type === 'run.resumed')).toHaveLength(1)
  })

  test('may be followed by two workbenches, which write the same', async () => {
    const home = temporaryFolder()
    const [one, two] = [await openRemote(around, home), await openRemote(around, home)]
    const id = await one.create({ steps: 12 })
    for (const { until } of [one, two]) await until(id, ({ summary: { status } }) => status === 'finished')
    expectSame(join(home, 'runs', id), around.directory(id))
    expect(stepsIn(join(home, 'runs', id))).toEqual(upTo(12))
  })

  test('whose trainer is killed there has crashed, and is resumed after its newest checkpoint', async () => {
    const home = temporaryFolder()
    const { api, create, until } = await openRemote(around, home)
    const id = await create({ steps: 20_000, checkpointEvery: 20 })
    const [here, there] = [join(home, 'runs', id), around.directory(id)]
    await until(id, ({ summary }) => summary.step >= 21)
    process.kill((JSON.parse(readFileSync(join(there, RUN_FILES.lock), 'utf8')) as { pid: number }).pid, 'SIGKILL')
    const { end } = await until(id, ({ summary: { status } }) => status === 'crashed')
    expect(end!.remedy).toMatch(/Resume the run/)
    // A kill within a line: the trainer that resumes cuts it, and nobody here has seen it.
    appendFileSync(join(there, RUN_FILES.journal), '{"seq":')
    await api['runs.resume'](id)
    await until(id, ({ summary }) => summary.status === 'running' && summary.step >= 22)
    await api['runs.control'](id, { command: 'stop' })
    await until(id, ({ summary: { status } }) => status === 'stopped')
    expectSame(here, there)
  })

  test('does not wait for one of this computer, but for another one there', async () => {
    const home = temporaryFolder()
    const { api, create, until } = await openRemote(around, home)
    const own = await api['runs.create']({ preset: 'starter-grpo', overrides: { ...around.overrides, steps: 4000 } })
    const [first, second] = [await create({ steps: 4000 }), await create({ steps: 2 })]
    await until(first, ({ summary }) => summary.step >= 1)
    expect(await api['runs.queue']()).toEqual([second])
    for (const id of [own.id, first]) {
      await api['runs.control'](id, { command: 'stop' })
      await until(id, ({ summary: { status } }) => status === 'stopped')
    }
    await until(second, ({ summary: { status } }) => status === 'finished')
    expectSame(join(home, 'runs', second), around.directory(second))
  })

  test('begins there from the checkpoint of another, and keeps as few as it was told', async () => {
    const home = temporaryFolder()
    const { api, create, until } = await openRemote(around, home)
    const parent = await create({ steps: 4, checkpointEvery: 1, 'checkpoints.keepLast': 2, 'checkpoints.keepBest': false })
    await until(parent, ({ summary: { status } }) => status === 'finished')
    const kept = readdirSync(join(home, 'runs', parent, RUN_FILES.checkpoints))
    expect(kept.sort()).toEqual(['step-000003', 'step-000004'])
    const { id } = await api['runs.clone']({ run: parent, step: 3, overrides: { steps: 5 } }, undefined, 'box')
    await until(id, ({ summary: { status } }) => status === 'finished')
    expect(stepsIn(around.directory(id))).toEqual([4, 5])
    expectSame(join(home, 'runs', id), around.directory(id))
  })

  test('is started and followed from a terminal, which says what is done there', async () => {
    const home = temporaryFolder()
    addBox(home, around.there)
    const settings = Object.entries({ ...around.overrides, steps: 2 }).flatMap(([path, value]) => ['--set', `${path}=${value}`])
    const { code, stdout, stderr } = await veritune(home, ['train', '--host', 'box', '--preset', 'starter-grpo', ...settings])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Run (\S+)\nbox: [\s\S]*^box is reached\.$/m)
    const id = /^Run (\S+)/.exec(stdout)![1]!
    expectSame(join(home, 'runs', id), around.directory(id))
    expect((await veritune(home, ['show', id])).stdout).toMatch(/^host +box$/m)
  })

  test('leaves nothing half on the host, and no process', async () => {
    const hidden = ['programs', 'models', 'datasets', 'runs'].flatMap((folder) =>
      readdirSync(join(around.there, folder)).filter((name) => name.startsWith('.') || name.endsWith('.old')),
    )
    expect(hidden).toEqual([])
    expect(existsSync(join(around.there, 'models'))).toBe(true)
  })
})
