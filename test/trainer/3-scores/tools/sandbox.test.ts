import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nativeTools } from '#test/support/native-tools'
import { temporaryFolder } from '#test/support/temporary-folder'
import { commandOf, filesIn } from '#test/support/traces'
import {
  removeForsakenBoxes,
  runInSandbox,
  SIMULATION_LIMITS,
  toolFoldersOf,
  type SandboxJob,
  type SandboxPlace,
  type SandboxResult,
} from '#trainer/3-scores/tools/sandbox'

const { tools, hasSimulation, reason } = await nativeTools()
const hasShell = process.platform !== 'win32'
const unboxed: SandboxPlace = { bwrapPath: null, toolFolders: [] }
const boxed: SandboxPlace | null = hasSimulation ? { bwrapPath: tools.bwrap!.path, toolFolders: [] } : null
const places: [string, SandboxPlace][] = [
  ['without a box', unboxed],
  ...(boxed === null ? [] : [['in a box', boxed] as [string, SandboxPlace]]),
]
const title = `native programs${boxed === null ? ` (in a box: skipped, ${reason})` : ''}`

function run(place: SandboxPlace, job: Partial<SandboxJob>): Promise<SandboxResult> {
  return runInSandbox(place, { files: {}, steps: [], limits: SIMULATION_LIMITS, ...job })
}

function shell(
  place: SandboxPlace,
  line: string,
  limits: Partial<SandboxJob['limits']> = {},
  job: Partial<SandboxJob> = {},
): Promise<SandboxResult> {
  return run(place, { steps: [{ words: ['sh', '-c', line] }], limits: { ...SIMULATION_LIMITS, ...limits }, ...job })
}

describe.skipIf(!hasShell).each(places)(`${title} %s`, (_, place) => {
  test('find their files, and give back those that were asked for', async () => {
    const result = await shell(
      place,
      'cat a.txt > b.txt; cat b.txt',
      {},
      { files: { 'a.txt': 'hello' }, collect: ['b.txt', 'c.txt'] },
    )
    expect(result).toEqual({ outcome: 'exited', code: 0, stdout: 'hello', stderr: '', files: { 'b.txt': 'hello' } })
  })

  test('get their words as they are', async () => {
    const words = ["it's", '$HOME', '`id`', 'a b', '', '; exit 3']
    const { stdout, code } = await run(place, { steps: [{ words: ['printf', '<%s>', ...words] }] })
    expect([stdout, code]).toEqual([words.map((word) => `<${word}>`).join(''), 0])
  })

  test('run one after the other, until one fails', async () => {
    const steps = [{ words: ['echo', '1'] }, { words: ['false'] }, { words: ['echo', '3'] }]
    expect(await run(place, { steps })).toMatchObject({ stdout: '1\n', code: 1 })
  })

  test('go on after a step that may fail', async () => {
    const steps = [{ words: ['false'], isOptional: true }, { words: ['echo', '2'] }]
    expect(await run(place, { steps })).toMatchObject({ stdout: '2\n', code: 0 })
  })

  test('leave what they say in a file where that is asked for', async () => {
    const steps = [{ words: ['sh', '-c', 'echo out; echo err >&2'], into: 'log' }, { words: ['true'] }]
    expect(await run(place, { steps, collect: ['log'] })).toMatchObject({ stdout: '', stderr: '', files: { log: 'out\nerr\n' } })
  })

  test('hear standard input in the last step only', async () => {
    const steps = [{ words: ['cat'] }, { words: ['echo', 'then'] }, { words: ['cat'] }]
    expect((await run(place, { steps, stdin: 'input\n' })).stdout).toBe('then\ninput\n')
  })

  test('that read nothing do not stop a long input', async () => {
    expect(await run(place, { steps: [{ words: ['true'] }], stdin: 'x'.repeat(3e6) })).toMatchObject({
      outcome: 'exited',
      code: 0,
    })
  })

  test('end when their time is over, asleep or awake', async () => {
    const started = performance.now()
    expect(await shell(place, 'sleep 20', { wallMs: 400 })).toMatchObject({ outcome: 'wall-limit', code: null })
    expect(await shell(place, 'while :; do :; done', { cpuSeconds: 1 })).toMatchObject({ outcome: 'cpu-limit', code: null })
    expect(performance.now() - started).toBeLessThan(15_000)
  })

  test('cannot take more memory than they may', async () => {
    const line = 'x=a; i=0; while [ $i -lt 26 ]; do x=$x$x; i=$((i+1)); done; echo ${#x}'
    expect((await shell(place, line)).stdout).toBe(`${2 ** 26}\n`)
    expect((await shell(place, line, { memoryBytes: 40e6 })).stdout).toBe('')
  })

  test('cannot write a file larger than it may be', async () => {
    const line = 'yes | head -c 100000 > big'
    const sizeWith = async (fileBytes: number): Promise<number> =>
      (await shell(place, line, { fileBytes }, { collect: ['big'] })).files.big!.length
    expect([await sizeWith(1e6), await sizeWith(4096)]).toEqual([100_000, 4096])
  })

  test.each([
    ['large files', 'i=0; while [ $i -lt 400 ]; do yes | head -c 500000 > f$i; i=$((i+1)); done; sleep 9', { folderBytes: 5e6 }],
    ['many files', 'i=0; while [ $i -lt 4000 ]; do echo > f$i; i=$((i+1)); done; sleep 9', {}],
    [
      'files in folders',
      'mkdir d d/e; i=0; while [ $i -lt 400 ]; do yes | head -c 500000 > d/e/f$i; i=$((i+1)); done; sleep 9',
      { folderBytes: 5e6 },
    ],
    ['many files in folders', 'mkdir d; i=0; while [ $i -lt 4000 ]; do echo > d/f$i; i=$((i+1)); done; sleep 9', {}],
    ['folders in folders', 'i=0; while [ $i -lt 4000 ]; do mkdir d; cd d; i=$((i+1)); done; sleep 9', {}],
  ])('are ended when they fill their folder with %s', { timeout: 20_000 }, async (_, line, limits) => {
    expect((await shell(place, line, limits)).outcome).toBe('output-limit')
  })

  test('bring back plain files only, and none by way of a link', async () => {
    const line = 'ln -s /usr/bin/env a; ln -s b c; ln a d; mkfifo e; mkdir f; echo kept > b; ln b g'
    const { files } = await shell(place, line, {}, { collect: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] })
    expect(files).toEqual({ b: 'kept\n', g: 'kept\n' })
  })

  test('bring back no more than their folder may hold', async () => {
    const line = 'for f in a b c; do yes | head -c 4000 > $f; done'
    const { files } = await shell(place, line, { folderBytes: 6000 }, { collect: ['a', 'b', 'c'] })
    expect(Object.values(files).map(({ length }) => length)).toEqual([4000, 2000, 0])
  })

  test('leave no folder, whatever they made of it', { timeout: 60_000 }, async () => {
    const scratch = await scratchFolder()
    const own = (): string[] => filesIn(scratch).filter((path) => path.includes(`veritune-box-${process.pid}-`))
    const name = 'n'.repeat(200)
    const deep = `i=0; while [ $i -lt 900 ]; do mkdir ${name} && cd ${name} || exit 3; i=$((i+1)); done; echo x > file`
    expect((await shell(place, deep, {}, { collect: ['b'] })).files).toEqual({})
    await shell(place, 'mkdir -p a/b; echo x > a/b/c; chmod 000 a/b a .')
    expect(own()).toEqual([])
  })

  test('end when they say more than they may, and no more than that is kept', async () => {
    const { outcome, stdout } = await shell(place, 'yes', { outputBytes: 100_000 })
    expect(outcome).toBe('output-limit')
    expect(stdout.length).toBeLessThanOrEqual(100_000)
    const both = await shell(place, 'yes >&2', { outputBytes: 100_000 })
    expect(both.outcome).toBe('output-limit')
  })

  test.each(['../escaped', '/tmp/escaped', 'a/b', '.hidden', '', 'a b', 'a\0b'])('refuse the file name "%s"', async (name) => {
    await expect(run(place, { files: { [name]: 'x' }, steps: [{ words: ['true'] }] })).rejects.toThrow(RangeError)
    await expect(run(place, { steps: [{ words: ['true'], into: name }] })).rejects.toThrow(RangeError)
    await expect(run(place, { steps: [{ words: ['true'] }], collect: [name] })).rejects.toThrow(RangeError)
  })

  test('leave no folder, however they end', async () => {
    const scratch = await scratchFolder()
    const own = (): string[] => filesIn(scratch).filter((path) => path.includes(`veritune-box-${process.pid}-`))
    await shell(place, 'echo x > a')
    await shell(place, 'echo x > a; sleep 20', { wallMs: 200 })
    await expect(run(place, { files: { '..': '' }, steps: [] })).rejects.toThrow()
    expect(own()).toEqual([])
  })

  test('end when they are told to, also when that was before they began', { timeout: 20_000 }, async () => {
    const job: SandboxJob = { files: {}, steps: [{ words: ['sleep', '9'] }], limits: SIMULATION_LIMITS }
    const started = performance.now()
    expect(await runInSandbox(place, job, AbortSignal.timeout(300))).toMatchObject({ outcome: 'wall-limit' })
    expect(await runInSandbox(place, job, AbortSignal.abort())).toMatchObject({ outcome: 'wall-limit' })
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  test('end whenever they are told to, also while the box is being made', { timeout: 60_000 }, async () => {
    const job: SandboxJob = { files: {}, steps: [{ words: ['sleep', '30'] }], limits: SIMULATION_LIMITS }
    for (let i = 0; i < 100; i++) {
      const stop = new AbortController()
      setTimeout(() => stop.abort(), i / 5)
      expect(await runInSandbox(place, job, stop.signal)).toMatchObject({ outcome: 'wall-limit' })
    }
    const left = (): string => spawnSync('pgrep', ['-f', `veritune-box-${process.pid}-`], { encoding: 'utf8' }).stdout
    await expect.poll(left).toBe('')
  })
})

describe.skipIf(boxed === null)(boxed === null ? `a box (skipped: ${reason})` : 'a box', () => {
  const inside = async (line: string, place = boxed!): Promise<string> => (await shell(place, line)).stdout

  test('has nothing of this machine but programs', async () => {
    expect((await inside('ls /')).trim().split('\n').sort()).toEqual(['bin', 'dev', 'lib', 'lib64', 'proc', 'tmp', 'usr', 'w'])
    expect(await inside(`ls ${homedir()} /etc /home /root /var /sys /run 2>/dev/null; cat /etc/passwd 2>/dev/null`)).toBe('')
    expect(await inside('ls /w /tmp /dev')).toBe('/dev:\nnull\n\n/tmp:\n\n/w:\n')
  })

  test('has no environment but a path', async () => {
    const names = (await inside('env'))
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0])
    expect(names.sort()).toEqual(['OLDPWD', 'PATH', 'PWD', '_'].filter((name) => names.includes(name)))
    expect(names).toContain('PATH')
  })

  test('has no network and sees no process of others', async () => {
    expect(
      (await inside('cat /proc/net/dev'))
        .trim()
        .split('\n')
        .slice(2)
        .map((line) => line.split(':')[0]!.trim()),
    ).toEqual(['lo'])
    const pids = (await inside('cd /proc; for i in [0-9]*; do echo $i; done')).trim().split('\n').map(Number)
    expect(Math.max(...pids)).toBeLessThan(20)
  })

  test('writes nothing outside its folder', async () => {
    const outside = ['/tmp', '/dev/shm', homedir(), '/usr', '/usr/bin', '/']
    const name = `veritune-escaped-${process.pid}`
    await inside(outside.map((folder) => `echo x > ${join(folder, name)}`).join('; ') + `; echo x > ../${name}`)
    expect(outside.filter((folder) => existsSync(join(folder, name)))).toEqual([])
  })

  test('holds no more than it may, whatever is written where', async () => {
    const fill = (folder: string): string =>
      `for i in 0 1 2 3 4 5 6 7 8 9 10 11; do yes | head -c 7900000 > ${folder}/f$i; done 2> /dev/null; du -sk ${folder} | cut -f1`
    expect(Number(await inside(fill('/tmp')))).toBeLessThanOrEqual(65_536)
    expect(await inside('for d in / /dev /proc/sys; do echo x 2> /dev/null > $d/x && echo $d; done')).toBe('/proc/sys\n')
  })

  test('cannot change a setting of the kernel, whoever runs it', async () => {
    const line =
      'for f in /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches /proc/sysrq-trigger /proc/irq/default_smp_affinity; do [ -w $f ] && echo $f; done'
    expect(await inside(line)).toBe('')
  })

  test('has no privilege', async () => {
    expect(await inside('grep CapEff /proc/self/status')).toBe('CapEff:\t0000000000000000\n')
  })

  test('leaves no process, also of those that left its group', async () => {
    const mark = `7${process.pid}`
    expect(
      (await shell(boxed!, `setsid sleep ${mark} > /dev/null 2>&1 & sleep ${mark} > /dev/null 2>&1 & echo done`)).stdout,
    ).toBe('done\n')
    await shell(boxed!, `setsid sleep ${mark}`, { wallMs: 300 })
    expect(filesIn('/proc').filter((path) => commandOf(path.split('/').at(-1)!).includes(`sleep\0${mark}`))).toEqual([])
  })

  test('holds a tool that lies in a home, and nothing else of that home', async () => {
    const home = temporaryFolder()
    const place = placeWithTool(home)
    const before = process.env.HOME
    process.env.HOME = home
    onTestFinished(() => void (process.env.HOME = before))
    expect((await run(place, { steps: [{ words: ['a-tool'] }] })).stdout).toBe('works\n')
    expect(await inside(`cat ${join(home, 'private')} 2>/dev/null; ls ${home}`, place)).toBe('bin\n')
  })

  test('holds a folder of tools that stands for itself as a whole', async () => {
    const folder = temporaryFolder()
    const place = placeWithTool(folder)
    expect((await run(place, { steps: [{ words: ['a-tool'] }] })).stdout).toBe('works\n')
    expect(await inside(`ls ${folder}; echo x 2>/dev/null > ${join(folder, 'new')} || echo refused`, place)).toBe(
      'bin\nprivate\nrefused\n',
    )
  })

  test('is no wider where a tool was found in /bin', async () => {
    const place = { bwrapPath: boxed!.bwrapPath, toolFolders: toolFoldersOf(['/bin/sh']) }
    expect(await inside('echo works; cat /etc/passwd 2>/dev/null', place)).toBe('works\n')
  })
})

describe.skipIf(!hasShell)('boxes of processes that are gone', () => {
  test('are removed, those of living ones are not', async () => {
    const gone = spawnSync('true').pid
    const scratch = await scratchFolder()
    const [left, used] = [gone, process.pid].map((pid) => join(scratch, `veritune-box-${pid}-test00`)) as [string, string]
    mkdirSync(left)
    mkdirSync(used)
    await removeForsakenBoxes()
    expect([existsSync(left), existsSync(used)]).toEqual([false, true])
    spawnSync('rmdir', [used])
  })
})

/** A folder with `bin/a-tool`, and something private beside it. */
function placeWithTool(folder: string): SandboxPlace {
  const tool = join(folder, 'bin/a-tool')
  mkdirSync(dirname(tool))
  writeFileSync(tool, '#!/bin/sh\necho works\n')
  chmodSync(tool, 0o755)
  writeFileSync(join(folder, 'private'), 'a secret')
  return { bwrapPath: boxed!.bwrapPath, toolFolders: toolFoldersOf([tool]) }
}

async function scratchFolder(): Promise<string> {
  return dirname((await run(unboxed, { steps: [{ words: ['pwd'] }] })).stdout.trim())
}
