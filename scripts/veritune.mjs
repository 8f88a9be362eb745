#!/usr/bin/env node
// The command `veritune`. Any Node may start it; under another than Node 24 it starts itself again with the one in node_modules.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { problemOf } from './check-node.mjs'
import { keepCompiled } from './compile-cache.mjs'
import { pinnedNode } from './pinned-node.mjs'

const problem = problemOf(process.version, process.platform, process.arch)
const node = pinnedNode()
if (problem === null) await begin()
else if (process.env.VERITUNE_RESTARTED === undefined && node !== null) restart(node)
else fail(problem)

async function begin() {
  keepCompiled()
  await import('../src-main/cli.ts')
}

function restart(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, VERITUNE_RESTARTED: '1' },
  })
  // A terminal sends Ctrl-C to both; only the child decides what it means. A signal from elsewhere is handed on.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', (error) => fail(`The Node in node_modules cannot be started: ${error.message}. Run \`npm ci\` again.`))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function fail(sentence) {
  console.error(sentence)
  process.exitCode = 3
}
