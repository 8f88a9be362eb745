// What a desktop package holds, as electron-builder's configuration: everything by name, nothing by what npm happens to have installed.
import { SYNC_PACKAGES } from '../scripts/build-sync.mjs'
import { TRAINER_PACKAGES } from '../scripts/build-trainer.mjs'

/** Files of a package that run; its sources, declarations and binaries of other platforms stay away. */
const RUNNING = {
  zod: ['package.json', 'LICENSE', '**/package.json', '**/*.js', '**/*.cjs'],
  'better-sqlite3': ['package.json', 'LICENSE', 'lib/**'],
  'onnxruntime-node': ['package.json', 'dist/**'],
  'onnxruntime-common': ['package.json', 'dist/**'],
  '@yowasp/yosys': ['package.json', 'gen/**'],
}

/** Its binaries, one a platform. */
const SQLITE = 'node_modules/better-sqlite3/prebuilds'

const ONNX_RUNTIME = 'node_modules/onnxruntime-node/bin/napi-v6'

/** Computers that runs are sent to, which a package of any platform carries a trainer for. */
const HOSTS = 'linux/x64'

/** Packages beside the desktop's own bundle. */
export const MAIN_PACKAGES = ['zod', 'better-sqlite3']
/** Beside the trainer's; ONNX Runtime's other dependencies fetch binaries while npm installs it, and do nothing afterwards. */
export const ALL_TRAINER_PACKAGES = [...TRAINER_PACKAGES, 'onnxruntime-common']

/**
 * A package is made on the platform that it is for: it carries that platform's Node and natives.
 * platform, architecture: as Node names them; node: path of the Node binary that runs trainers; linuxNode: of the one that is copied to Linux hosts,
 * null for Linux on x64, which copies its own; electronFolder: an unpacked Electron.
 */
export function recipe({ platform, architecture, node, linuxNode, electronFolder, electronVersion }) {
  const [slash, dash] = [`${platform}/${architecture}`, `${platform}-${architecture}`]
  return {
    appId: 'org.veritune.desktop',
    productName: 'VeriTune',
    copyright: 'MIT license, the VeriTune authors',
    directories: { output: 'dist' },
    icon: 'packaging/icon.png',
    electronDist: electronFolder,
    electronVersion,
    electronLanguages: ['en-US'],
    // N-API binaries fit Node and Electron alike.
    npmRebuild: false,
    publish: null,
    asar: true,
    files: [
      '!**/*',
      'package.json',
      'out/main/**/*.js',
      'out/preload/**/*',
      'out/renderer/**/*',
      ...MAIN_PACKAGES.map((name) => packageFiles(name, 'node_modules')),
      part(SQLITE, SQLITE, [`${dash}.node`]),
    ],
    // A thread reads no archive, and no system loads a library out of one. package.json says that the thread's file is a module.
    asarUnpack: ['package.json', 'out/main/!(main).js', 'node_modules/better-sqlite3/**'],
    extraResources: [
      part(node, platform === 'win32' ? 'node/node.exe' : 'node/node'),
      part('out/trainer', 'trainer', ['**/*.js']),
      ...ALL_TRAINER_PACKAGES.map((name) => packageFiles(name, 'trainer/node_modules')),
      ...[...new Set([slash, HOSTS])].map((one) => part(`${ONNX_RUNTIME}/${one}`, `trainer/${ONNX_RUNTIME}/${one}`)),
      ...(linuxNode === null ? [] : [part(linuxNode, 'linux-node/node')]),
      part('out/sync', 'sync', ['**/*.js']),
      ...SYNC_PACKAGES.map((name) => packageFiles(name, 'sync/node_modules')),
      part(SQLITE, `sync/${SQLITE}`, [`${dash}.node`]),
      part('resources', 'resources'),
      part('native', 'native', [
        'README.md',
        'pyproject.toml',
        'torch-lock.txt',
        'prove_torch.py',
        'launch/*',
        'veritune_engine/**/*.py',
      ]),
    ],
    extraFiles: [part('LICENSE', 'LICENSE')],
    electronFuses: {
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: platform !== 'linux',
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    },
    linux: { target: 'dir', executableName: 'veritune', category: 'Development' },
    win: { target: 'nsis' },
    nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
    mac: { target: 'dmg', category: 'public.app-category.developer-tools' },
  }
}

/** For electron-installer-debian. The tools that it suggests are those that `veritune doctor` looks for. */
export function debianPackage({ architecture, source, destination, icon }) {
  return {
    src: source,
    dest: destination,
    arch: architecture === 'x64' ? 'amd64' : architecture,
    options: {
      name: 'veritune',
      bin: 'veritune',
      icon,
      productName: 'VeriTune',
      genericName: 'Workbench for reinforcement learning',
      maintainer: 'The VeriTune authors',
      section: 'devel',
      categories: ['Development', 'Science'],
      suggests: ['iverilog', 'verilator', 'bubblewrap', 'python3'],
    },
  }
}

function packageFiles(name, folder) {
  return part(`node_modules/${name}`, `${folder}/${name}`, RUNNING[name])
}

function part(from, to, filter = ['**/*']) {
  return { from, to, filter }
}
