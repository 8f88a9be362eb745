/** Hosts over a real sshd on the loopback: what a person is told of each. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { KnownHost } from '#contract/hosts'
import { checkHost } from '#remote/check-host'
import { runOnHost } from '#remote/ssh'
import { surveyHost } from '#remote/survey'
import { BOX, overSsh, reasonForNoSshd, SILENT, startSshd, STRANGER, UNSEEN, type Sshd } from '#test/support/loopback-sshd'
import { standIn } from '#test/support/stand-in'
import { temporaryFolder } from '#test/support/temporary-folder'
import { veritune } from '../cli/veritune-process.ts'

const noSshd = reasonForNoSshd()
let sshd: Sshd

beforeAll(async () => {
  if (noSshd !== null) return
  sshd = await startSshd()
  vi.stubEnv('VERITUNE_SSH', sshd.program)
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await sshd?.close()
})

const host = (name: string, folder = '~/.veritune'): KnownHost => ({ name, folder, python: null, addedAt: '' })

const CARRIED = { linuxNode: process.execPath }

describe.skipIf(noSshd !== null)(overSsh('a host', noSshd), () => {
  test('is looked at without anything of ours on it', async () => {
    const folder = temporaryFolder()
    const survey = await surveyHost(host(BOX, `${folder}/not/there`))
    expect(survey).toMatchObject({ platform: 'linux-x64', folder: `${folder}/not/there`, isWritable: true, hasSetsid: true })
    expect(survey.freeBytes).toBeGreaterThan(1e6)
    expect(survey.memoryBytes).toBeGreaterThan(1e8)
    expect((await surveyHost(host(BOX, '~/some/where'))).folder).toMatch(/^\/.*[^~]\/some\/where$/)
  })

  test('says card, Python, disk and tools, each with what would help', async () => {
    const { isReady, checks } = await checkHost(host(BOX, temporaryFolder()), CARRIED)
    expect(isReady).toBe(true)
    expect(checks.map(({ name }) => name)).toEqual([
      'Computer',
      'Folder',
      'Graphics card',
      'Python with PyTorch',
      'Icarus Verilog',
      'Bubblewrap',
      'Verilator',
      'Yosys (native)',
      'Copies',
    ])
    for (const { state, remedy } of checks) expect(remedy === '').toBe(state === 'good')
  })

  test('tells of its cards as this computer tells of its own', async () => {
    const tools = temporaryFolder()
    standIn(
      tools,
      'nvidia-smi',
      'echo "0, GPU-8e9b, NVIDIA H200, 570.86.15, 143771, 512"; echo "1, GPU-77aa, NVIDIA GB10, 570.86.15, [N/A], [N/A]"',
    )
    standIn(
      tools,
      'rocm-smi',
      'printf \'WARNING: low-power state\\n\\n{"card0": {"Unique ID": "0x12",\\n "Card Series": "AMD Instinct MI300X"}}\'',
    )
    const withTools = join(temporaryFolder(), 'ssh')
    // The last word is what the shell there is given.
    writeFileSync(
      withTools,
      `#!/bin/bash\nlast="\${@: -1}"\nset -- "\${@:1:$#-1}" "PATH=${tools}:$PATH $last"\nexec ${sshd.program} "$@"\n`,
      { mode: 0o755 },
    )
    vi.stubEnv('VERITUNE_SSH', withTools)
    const { checks, gpus } = await checkHost(host(BOX, temporaryFolder()), CARRIED).finally(() =>
      vi.stubEnv('VERITUNE_SSH', sshd.program),
    )
    expect(gpus.map(({ index, uuid, name, maker }) => [index, uuid, name, maker])).toEqual([
      [0, 'GPU-8e9b', 'NVIDIA H200', 'nvidia'],
      [1, 'GPU-77aa', 'NVIDIA GB10', 'nvidia'],
      [0, '0x12', 'AMD Instinct MI300X', 'amd'],
    ])
    expect(checks.find(({ name }) => name === 'Graphics card')).toMatchObject({
      state: 'good',
      finding: 'NVIDIA H200, 150.8 GB, 150.2 GB free, driver 570.86.15; NVIDIA GB10, driver 570.86.15; AMD Instinct MI300X',
    })
  })

  test.each([
    [SILENT, /refuses the connection/, /sshd runs there/],
    [STRANGER, /does not let this account in/, /ssh-copy-id stranger/],
    [UNSEEN, /The key of unseen is not known/, /Type `ssh unseen`/],
    ['no-such-host.invalid', /Nobody knows the name/, /address in ~\/\.ssh\/config/],
  ])('that cannot be reached is one sentence with its remedy: %s', async (name, sentence, remedy) => {
    const { isReady, checks } = await checkHost(host(name), CARRIED)
    expect(isReady).toBe(false)
    expect(checks).toHaveLength(1)
    expect(checks[0]).toMatchObject({ name: 'Connection', state: 'bad' })
    expect(checks[0]!.finding).toMatch(sentence)
    expect(checks[0]!.remedy).toMatch(remedy)
  })

  test('whose folder takes nothing is told so', async () => {
    const { isReady, checks } = await checkHost(host(BOX, '/proc/veritune'), CARRIED)
    expect(isReady).toBe(false)
    expect(checks.find(({ name }) => name === 'Folder')).toMatchObject({
      state: 'bad',
      remedy: expect.stringMatching(/--folder/),
    })
  })

  test('needs a Node 24 of its own where this computer has none for it', async () => {
    const { checks } = await checkHost(host(BOX, temporaryFolder()), { linuxNode: null })
    const own = checks.find(({ name }) => name === 'Node')!
    expect(own.state).toBe(own.finding.startsWith('v24.') ? 'good' : 'bad')
    if (own.state === 'bad') expect(own.remedy).toMatch(/npm run linux-node.*install Node 24 on box/)
  })

  test('without ssh on this computer is told so', async () => {
    vi.stubEnv('VERITUNE_SSH', '/no/such/ssh')
    const { checks } = await checkHost(host(BOX), CARRIED).finally(() => vi.stubEnv('VERITUNE_SSH', sshd.program))
    expect(checks[0]!.finding).toMatch('no program /no/such/ssh')
  })

  test('a greeting that its shell prints is not read as an answer', async () => {
    const greeting = join(temporaryFolder(), 'ssh')
    writeFileSync(greeting, `#!/bin/sh\necho platform=Amiga; echo; exec ${sshd.program} "$@"\n`, { mode: 0o755 })
    vi.stubEnv('VERITUNE_SSH', greeting)
    const said = runOnHost(BOX, { what: 'x', statements: ['echo "a=$1"'], args: ['-n $(id)'] })
    expect(await said.finally(() => vi.stubEnv('VERITUNE_SSH', sshd.program))).toBe('a=-n $(id)\n')
  })

  test('is added, looked at, listed and removed from a terminal', async () => {
    const home = temporaryFolder()
    const added = await veritune(home, ['host', 'add', BOX, '--folder', `${home}/there`])
    expect(added).toMatchObject({ code: 0, stderr: '' })
    expect(added.stdout).toMatch(/good {2}Computer {2,}linux-x64/)
    expect((await veritune(home, ['host', 'list'])).stdout).toMatch(new RegExp(`^box {2}${home}/there {2}python3`))
    const lost = await veritune(home, ['host', 'add', SILENT])
    expect(lost.code).toBe(3)
    expect(lost.stdout).toMatch(/^BAD {2}Connection {2}silent refuses the connection/)
    expect((await veritune(home, ['host', 'remove', BOX])).stdout).not.toMatch(/^box/m)
    expect(await veritune(home, ['host', 'check', BOX])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no host "box"/),
    })
    const injected = await veritune(home, ['host', 'add', '--', '-oProxyCommand=touch injected'])
    expect(injected).toMatchObject({ code: 2, stderr: expect.stringMatching(/is no name of a host/) })
  })
})
