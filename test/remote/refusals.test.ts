/** Hosts that do not take a run, or lose it: one sentence, the remedy, and nothing is lost. */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { RUN_FILES } from '#contract/run-directory'
import { overSsh, reasonForNoSshd, SILENT, STRANGER, UNSEEN } from '#test/support/loopback-sshd'
import { expectSame, openRemote, remoteSurroundings } from '#test/support/remote-workbench'
import { reasonForNoSmallDisk, smallDisk } from '#test/support/small-disk'
import { temporaryFolder } from '#test/support/temporary-folder'

const noSshd = reasonForNoSshd()
const around = remoteSurroundings(noSshd === null)

describe.skipIf(noSshd !== null)(overSsh('a run for a host', noSshd), () => {
  test.each([
    [SILENT, /silent refuses the connection/, /sshd runs there/],
    [STRANGER, /stranger does not let this account in: .*Permission denied/, /ssh-copy-id/],
    [UNSEEN, /The key of unseen is not known/, /compare the key/],
  ])('%s, which is not reached, has failed with its sentence and its remedy', async (host, sentence, remedy) => {
    const { api, create, until } = await openRemote(around, temporaryFolder())
    await api['hosts.add']({ name: host, folder: around.there, python: null })
    const id = await create({ steps: 2 }, host)
    const { end, summary } = await until(id, ({ summary: { status } }) => status === 'failed')
    expect(end!.reason).toMatch(sentence)
    expect(end!.remedy).toMatch(remedy)
    expect(summary).toMatchObject({ step: 0, remote: { host, reachedAt: null } })
    await expect(api['runs.control'](id, { command: 'pause' })).rejects.toMatchObject({ code: 'run.not-active' })
  })

  test('that was away is resumed when it is back, and trains as if nothing had been', async () => {
    const home = temporaryFolder()
    const { api, create, until } = await openRemote(around, home)
    await around.sshd.cut()
    const id = await create({ steps: 2 })
    await until(id, ({ summary: { status } }) => status === 'failed')
    await around.sshd.restore()
    await api['runs.resume'](id)
    const { end } = await until(id, ({ summary: { status } }) => status === 'finished')
    expect(end!.reason).toBeNull()
    expectSame(join(home, 'runs', id), around.directory(id))
  })

  test('nobody added, or whose name is none, is refused before anything is made', async () => {
    const { api, create } = await openRemote(around, temporaryFolder())
    await expect(create({}, 'elsewhere')).rejects.toMatchObject({
      code: 'host.unknown',
      message: 'There is no host "elsewhere" here.',
    })
    await expect(create({}, '-oProxyCommand=touch x')).rejects.toMatchObject({ code: 'host.bad-name' })
    expect(await api['runs.list']()).toEqual([])
  })

  test('whose folder takes nothing is refused with it', async () => {
    const { api, create, until } = await openRemote(around, temporaryFolder())
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    await api['hosts.add']({ name: 'box', folder: `${file}/veritune`, python: null })
    const { end } = await until(await create(), ({ summary: { status } }) => status === 'failed')
    expect(end!.reason).toMatch(/^box lets nothing be written into .*: mkdir: .*Not a directory\.$/)
    expect(end!.remedy).toMatch(/--folder PATH/)
  })

  test.skipIf(reasonForNoSmallDisk !== null)('whose disk has no room is refused before anything is copied', async () => {
    const disk = smallDisk(8)
    const { api, create, until } = await openRemote(around, temporaryFolder())
    await api['hosts.add']({ name: 'box', folder: disk.folder, python: null })
    const { end } = await until(await create(), ({ summary: { status } }) => status === 'failed')
    expect(end!.reason).toMatch(/^box has 0\.01 GB free in .*; 0\.\d\d GB are to be copied\.$/)
    expect(end!.remedy).toMatch(/Free some space there/)
    expect(readdirSync(disk.folder)).toEqual([])
  })

  test('where half of the trainer was copied gets it whole', async () => {
    const home = temporaryFolder()
    const { create, until } = await openRemote(around, home)
    const programs = join(around.there, 'programs')
    const [hash] = readdirSync(programs)
    renameSync(join(programs, hash!), join(programs, `.${hash}.partial`))
    for (const file of ['.whole', 'trainer/main.js', 'resources/starter/tasks.jsonl'])
      rmSync(join(programs, `.${hash}.partial`, file))
    const id = await create({ steps: 2 })
    await until(id, ({ summary: { status } }) => status === 'finished')
    expectSame(join(home, 'runs', id), around.directory(id))
    expect(readdirSync(programs)).toEqual([hash])
  })

  test('that is stopped while it is brought there has stopped, and nothing was started', async () => {
    const home = temporaryFolder()
    const { api, create, until } = await openRemote(around, home)
    await api['hosts.add']({ name: 'box', folder: join(temporaryFolder(), 'new'), python: null })
    const id = await create({ steps: 2 })
    await until(id, ({ summary }) => summary.remote!.doing?.startsWith('copies the trainer') === true)
    await api['runs.control'](id, { command: 'stop' })
    await until(id, ({ summary: { status } }) => status === 'stopped')
  })

  test('that loses the trainer of a run while it goes on gets it again', async () => {
    const home = temporaryFolder()
    const { create, until } = await openRemote(around, home)
    const id = await create({ steps: 300, checkpointEvery: 100, 'evaluation.every': 0 })
    onTestFinished(() => around.sshd.restore())
    await until(id, ({ summary }) => summary.step >= 3)
    await around.sshd.cut()
    const programs = join(around.there, 'programs')
    renameSync(programs, join(around.there, 'lost'))
    mkdirSync(programs)
    await around.sshd.restore()
    await until(id, ({ summary: { status } }) => status === 'finished')
    expectSame(join(home, 'runs', id), around.directory(id))
    rmSync(join(around.there, 'lost'), { recursive: true })
  })

  test('that says another journal than before changes nothing here, and the run can be put aside', async () => {
    const home = temporaryFolder()
    const { api, create, until } = await openRemote(around, home)
    const id = await create({ steps: 20_000, checkpointEvery: 5_000, 'evaluation.every': 0 })
    const [here, there] = [join(home, 'runs', id), around.directory(id)]
    await until(id, ({ summary }) => summary.step >= 2)
    await api['runs.control'](id, { command: 'pause' })
    await until(id, ({ summary: { status } }) => status === 'paused')
    const { pid } = JSON.parse(readFileSync(join(there, RUN_FILES.lock), 'utf8')) as { pid: number }
    await around.sshd.cut()
    const own = readFileSync(join(here, RUN_FILES.journal))
    cpSync(join(there, RUN_FILES.journal), join(there, 'kept'))
    writeFileSync(
      join(there, RUN_FILES.journal),
      readFileSync(join(there, RUN_FILES.journal), 'utf8').replaceAll('"seq":3', '"seq":9'),
    )
    await around.sshd.restore()
    const { summary } = await until(id, ({ summary: { remote } }) => remote!.problem?.message.includes('journal') === true)
    expect(summary).toMatchObject({
      status: 'paused',
      remote: { problem: { remedy: expect.stringMatching(/Nothing of either/) } },
    })
    expect(readFileSync(join(here, RUN_FILES.journal)).equals(own)).toBe(true)
    await api['runs.remove'](id)
    expect(await api['runs.list']()).toEqual([])
    process.kill(pid, 'SIGKILL')
  })

  test('without a built trainer says what to do', async () => {
    const options = { ...around.options, bundlePath: join(temporaryFolder(), 'none') }
    const { create, until } = await openRemote({ ...around, options }, temporaryFolder())
    const { end } = await until(await create(), ({ summary: { status } }) => status === 'failed')
    expect(end!.remedy).toBe('Run `npm run build` in the folder of VeriTune.')
  })
})
