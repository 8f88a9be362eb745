/** What of VeriTune is copied to a host: the trainer as a package carries it, for that host's platform. */
import { existsSync, globSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { Failure } from '#contract/failure'
import { filesBelow, type Listed } from './parcel.ts'

/** Where the parts of a trainer lie on this computer. */
export interface CarriedProgram {
  /** The bundled trainer. */
  readonly bundlePath: string
  /** Folder of the packages that stay beside it. */
  readonly packagesPath: string
  /** Sources of the Python engine. */
  readonly nativePath: string
  readonly resourcesPath: string
  /** A Node for Linux on x64; null: this computer has none. */
  readonly linuxNode: string | null
  /** Of a checkout: the bundle must not be older than these. */
  readonly sourcesPath: string | null
}

/** As packaging/recipe.mjs has them; of ONNX Runtime the binaries of one platform. */
const PACKAGE_FILES: readonly (readonly [name: string, fits: RegExp])[] = [
  ['onnxruntime-node', /^(?:package\.json|dist\/.*|bin\/napi-v6\/linux\/x64\/.*)$/],
  ['onnxruntime-common', /^(?:package\.json|dist\/.*)$/],
  ['@yowasp/yosys', /^(?:package\.json|gen\/.*)$/],
]

/** Packages for other platforms leave it out. */
const LINUX_BINARIES = 'onnxruntime-node/bin/napi-v6/linux/x64'

/** Inside the copied folder. */
export const PROGRAM = { node: 'node/node', trainer: 'trainer/main.js', resources: 'resources' } as const

/** Throws Failure remote.not-built, remote.not-carried. */
export function programFiles(host: string, carried: CarriedProgram): Listed[] {
  const { bundlePath, packagesPath, nativePath, resourcesPath, linuxNode } = carried
  refuseOldBundle(host, carried)
  const binaries = join(packagesPath, LINUX_BINARIES)
  if (!existsSync(binaries)) throw new Failure('remote.not-carried', { host, folder: binaries })
  return [
    ...(linuxNode === null ? [] : [{ from: linuxNode, to: PROGRAM.node, isProgram: true }]),
    ...filesBelow(bundlePath, 'trainer', (path) => path.endsWith('.js') && !path.startsWith('node_modules/')),
    ...PACKAGE_FILES.flatMap(([name, fits]) =>
      filesBelow(join(packagesPath, name), `trainer/node_modules/${name}`, (path) => fits.test(path)),
    ),
    ...filesBelow(resourcesPath, PROGRAM.resources),
    ...filesBelow(nativePath, 'native', (path) => /^veritune_engine\/.*\.py$/.test(path)),
  ]
}

function refuseOldBundle(host: string, { bundlePath, sourcesPath }: CarriedProgram): void {
  const file = join(bundlePath, 'main.js')
  const built = existsSync(file) ? statSync(file).mtimeMs : 0
  const sources = sourcesPath === null ? [] : globSync('{trainer,contract,statistics}/**/*.ts', { cwd: sourcesPath })
  const newest = Math.max(0, ...sources.map((source) => statSync(join(sourcesPath!, source)).mtimeMs))
  if (built === 0 || built < newest) throw new Failure('remote.not-built', { host, file })
}

const NODE_MAJOR = 24

/** The Node that runs there: the copied one, or the host's own, whose version it said. Throws Failure remote.no-node. */
export function nodeThere(
  host: string,
  { linuxNode }: Pick<CarriedProgram, 'linuxNode'>,
  programFolder: string,
  own: string | null,
): string {
  if (linuxNode !== null) return `${programFolder}/${PROGRAM.node}`
  if (Number(/^v(\d+)\./.exec(own ?? '')?.[1] ?? 0) >= NODE_MAJOR) return 'node'
  throw new Failure('remote.no-node', { host })
}

/**
 * A Node that runs on Linux x64. own: those that run here, of which one that is only a command's name cannot be copied; carried: where one is that was
 * brought for other computers.
 */
export function linuxNodeAmong(
  own: readonly string[],
  carried: string,
  here = `${process.platform}-${process.arch}`,
): string | null {
  const candidates = here === 'linux-x64' ? [...own, carried] : [carried]
  return candidates.find((path) => isAbsolute(path) && existsSync(path)) ?? null
}
