/** Run as a process that nothing but the engine keeps alive: opens one on a model folder, says its process id, then does what it is told. */
import { createEngine, type EngineName } from '#trainer/engines/create-engine'
import { TINY_SETTINGS } from '#test/support/tiny-llama'

const [modelFolder, mode, name = 'onnx'] = process.argv.slice(2)
const engine = await createEngine(name as EngineName, { ...TINY_SETTINGS, modelFolder: modelFolder! })
console.log(engine.process!.id)
if (mode === 'wait') setInterval(() => {}, 1000)
if (mode === 'close') await engine.close()
if (mode === 'crash') {
  process.kill(engine.process!.id, 'SIGSEGV')
  await engine.values([]).catch(() => {})
}
