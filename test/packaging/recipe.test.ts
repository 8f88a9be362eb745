/** The recipe of the desktop packages against what the built application asks for at run time. Nothing here starts Electron. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { APPLICATION_ID } from '#shell/start-shell'
import { workerUrl, type StoreAnswer } from '#store/store'
import { archiveFiles, bringUnpacked, isUnpacked, LINUX_NODE, recipeFor, resourceFiles } from '#test/support/package-folder'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { MAIN_PACKAGES } from '../../packaging/recipe.mjs'
import { isBuilt } from '../../scripts/build-if-needed.mjs'

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'].map(
  (name) => name.split('-') as [string, string],
)
const NATIVE = /\.(node|so(\.\d+)*|dll|dylib)$/
const here = recipeFor(process.platform, process.arch)
const built = isBuilt() ? '' : ' (skipped: needs an up-to-date npm run build)'

const inModules = (path: string): string => join(REPOSITORY, 'node_modules', path)

describe.each(PLATFORMS)('the package for %s %s', (platform, architecture) => {
  const made = recipeFor(platform, architecture)

  test('has SQLite of that platform and of no other, outside the archive', () => {
    const natives = [...archiveFiles(made).keys()].filter((file) => NATIVE.test(file))
    expect(natives).toEqual([`node_modules/better-sqlite3/prebuilds/${platform}-${architecture}.node`])
    expect(natives.every((file) => isUnpacked(made, file))).toBe(true)
  })

  test('has ONNX Runtime of that platform and of the hosts that runs are sent to, each library beside its binding', () => {
    const folders = made.extraResources.filter(({ to }) => to.includes('/bin/'))
    const wanted = [...new Set([`${platform}/${architecture}`, 'linux/x64'])]
    expect(folders.map(({ from, to }) => [from, to])).toEqual(
      wanted.map((one) => [
        `node_modules/onnxruntime-node/bin/napi-v6/${one}`,
        `trainer/node_modules/onnxruntime-node/bin/napi-v6/${one}`,
      ]),
    )
    for (const { from } of folders) {
      const files = readdirSync(join(REPOSITORY, from))
      expect(files).toContain('onnxruntime_binding.node')
      expect(files.filter((file) => file !== 'onnxruntime_binding.node' && NATIVE.test(file)).length).toBeGreaterThan(0)
    }
  })

  test('has a Node for hosts where its own is none', () => {
    const carried = made.extraResources.filter(({ to }) => to.startsWith('linux-node/'))
    const wanted = [{ from: LINUX_NODE, to: 'linux-node/node', filter: ['**/*'] }]
    expect(carried).toEqual(platform === 'linux' && architecture === 'x64' ? [] : wanted)
  })

  test('has SQLite of that platform for the program that sends runs', () => {
    const natives = made.extraResources.filter(({ to }) => to.startsWith('sync/') && to.endsWith('/prebuilds'))
    expect(natives.map(({ from, to, filter }) => [from, to, filter])).toEqual([
      [
        'node_modules/better-sqlite3/prebuilds',
        'sync/node_modules/better-sqlite3/prebuilds',
        [`${platform}-${architecture}.node`],
      ],
    ])
    expect(existsSync(join(REPOSITORY, natives[0]!.from, `${platform}-${architecture}.node`))).toBe(true)
  })

  test('has a Node of its own under the name that the application asks for', () => {
    const to = made.extraResources.find(({ from }) => from === process.execPath)!.to
    expect(to).toBe(platform === 'win32' ? 'node/node.exe' : 'node/node')
  })

  test('lets nobody run other code under its name', () => {
    expect(made.asar).toBe(true)
    expect(made.electronFuses).toMatchObject({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    })
  })
})

test('the package has the name that the application tells the system, and a picture as large as each system wants it', () => {
  expect(here.appId).toBe(APPLICATION_ID)
  const png = readFileSync(join(REPOSITORY, here.icon))
  expect([png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(['PNG', 1024, 1024])
})

test('every folder and file that the recipe names is there, and so is every Python source', () => {
  const named = here.extraResources.map(({ from }) => resolve(REPOSITORY, from))
  expect(named.filter((path) => !existsSync(path) && !/out[/\\](trainer|sync)$/.test(path))).toEqual([])
  const python = here.extraResources.find(({ to }) => to === 'native')!
  expect(python.filter).toContain('veritune_engine/**/*.py')
  expect(existsSync(join(REPOSITORY, python.from, 'veritune_engine/__main__.py'))).toBe(true)
})

describe.skipIf(!isBuilt())(`the archive${built}`, () => {
  const files = archiveFiles(here)

  test('has the entry that package.json names, the preload, the page and the thread of the store', () => {
    const { main } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { main: string }
    expect([...files.keys()]).toEqual(
      expect.arrayContaining([
        'package.json',
        main,
        'out/preload/preload.cjs',
        'out/renderer/index.html',
        'out/main/store-worker.js',
      ]),
    )
  })

  test('has every package that the built application imports, and their files that are named as entries', () => {
    const imported = [...files]
      .filter(([file]) => file.startsWith('out/main/'))
      .flatMap(([, source]) => importsOf(readFileSync(source, 'utf8')))
      .filter((name) => !isBuiltin(name) && !/^(\.|electron$)/.test(name))
    expect(new Set(imported)).toEqual(new Set(MAIN_PACKAGES))
    for (const name of MAIN_PACKAGES) {
      const { main } = JSON.parse(readFileSync(inModules(`${name}/package.json`), 'utf8')) as { main: string }
      expect(files.has(join('node_modules', name, main).replaceAll('\\', '/'))).toBe(true)
    }
  })

  test('has nothing of the sources, the tests or the maps', () => {
    expect([...files.keys()].filter((file) => /\.(ts|map|svelte)$/.test(file) || /^(src|test|docs)/.test(file))).toEqual([])
  })

  test('its unpacked part is enough for the thread of the store', async () => {
    const folder = join(temporaryFolder(), 'app.asar.unpacked')
    bringUnpacked(here, folder)
    const worker = new Worker(join(folder, 'out/main/store-worker.js'), { workerData: { file: join(folder, 'store.sqlite') } })
    const answer = new Promise<StoreAnswer>((resolve, reject) => worker.once('message', resolve).once('error', reject))
    worker.postMessage({ id: 1, method: 'runs', args: [] })
    expect(await answer).toEqual({ id: 1, result: [] })
    await worker.terminate()
  })
})

describe.skipIf(!isBuilt())(`beside the archive${built}`, () => {
  const files = resourceFiles(here)

  test('lies all that the application asks for when it starts a program', () => {
    const source = readFileSync(join(REPOSITORY, 'src-main/main.ts'), 'utf8')
    const named = Array.from(source.matchAll(/join\(resources, '([^']+)'/g), ([, path]) => path!)
    expect(named).toContain('sync/main.js')
    expect(named.filter((path) => !files.some((file) => file === path || file.startsWith(`${path}/`)))).toEqual([])
  })

  test.each(['trainer', 'sync'])('lies every package that the bundle %s imports', (program) => {
    const bundle = readdirSync(join(REPOSITORY, 'out', program)).filter((file) => file.endsWith('.js'))
    const imported = bundle
      .flatMap((file) => importsOf(withoutComments(readFileSync(join(REPOSITORY, 'out', program, file), 'utf8'))))
      .filter((name) => !isBuiltin(name) && !name.startsWith('.'))
    expect(imported.length).toBeGreaterThan(0)
    for (const name of new Set(imported)) expect(files, name).toContain(`${program}/node_modules/${name}/package.json`)
  })
})

test('the thread of the store is started from beside the archive, and in a checkout from beside its own file', () => {
  const inArchive = 'file:///opt/veritune/resources/app.asar/out/main/main.js'
  expect(workerUrl(inArchive).href).toBe('file:///opt/veritune/resources/app.asar.unpacked/out/main/store-worker.js')
  expect(workerUrl('file:///work/src-main/store/store.ts').href).toBe('file:///work/src-main/store/store-worker.ts')
})

function importsOf(code: string): string[] {
  return Array.from(code.matchAll(/(?<![.'"{\w])(?:from|import)\s*\(?["']([\w@/.:-]+)["']/g), ([, name]) => name!)
}

/** Packages show in theirs how they are imported. */
function withoutComments(code: string): string {
  return code.replace(/^\s*(\*|\/\/|\/\*).*$/gm, '')
}
