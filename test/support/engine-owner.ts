/** Run as a process that nothing but the engine keeps alive: opens one on a model folder, says its process id, then does what it is told. */
import { createEngine, type EngineName } from '#trainer/engines/create-engine'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import { childrenOf } from '#test/support/traces'

const [modelFolder, mode, name = 'onnx'] = process.argv.slice(2)
const opening = createEngine(name as EngineName, { ...TINY_SETTINGS, modelFolder: modelFolder! })
if (mode === 'load') console.log(await startedProcess())
const engine = await opening
console.log(engine.process!.id)
if (mode === 'wait') setInterval(() => {}, 1000)
if (mode === 'close') await engine.close()
if (mode === 'crash') {
  process.kill(engine.process!.id, 'SIGSEGV')
  await engine.values([]).catch(() => {})
}

/** The engine's process as soon as there is one; needs /proc. */
async function startedProcess(): Promise<number> {
  for (;;) {
    const [pid] = childrenOf(process.pid, 'veritune_engine')
    if (pid !== undefined) return pid
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
