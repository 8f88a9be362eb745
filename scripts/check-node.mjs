// Fails with one sentence and its remedy unless this is Node 24 on a platform that the embedded engine has a binary for.
import { pathToFileURL } from 'node:url'

const NODE_MAJOR = 24
/** Platforms for which ONNX Runtime ships a binary. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64']

/** The sentence that says what is wrong and what to do, or null. */
export function problemOf(version, platform, architecture) {
  const name = `${platform}-${architecture}`
  if (!PLATFORMS.includes(name)) {
    return `ONNX Runtime has no binary for ${name}, so VeriTune cannot run on this computer. Use Linux x64 or arm64, Windows x64 or arm64, or a Mac with Apple silicon.`
  }
  if (Number(/^v(\d+)\./.exec(version)?.[1]) !== NODE_MAJOR) {
    return `VeriTune needs Node ${NODE_MAJOR}, this is ${version}. Run \`npm ci\` without --ignore-scripts: it brings Node ${NODE_MAJOR} with it, and npm's commands then use it.`
  }
  return null
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problem = problemOf(process.version, process.platform, process.arch)
  if (problem !== null) {
    console.error(problem)
    process.exitCode = 3
  }
}
