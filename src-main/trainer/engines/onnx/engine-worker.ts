/** The process's side of process-engine.ts. */
import { writeFileSync, writeSync } from 'node:fs'
import { LOADING, PAUSE, PLACE_DESCRIPTOR, toWire, type EngineCall, type FromEngine, type ToEngine } from './engine-protocol.ts'
import { createOnnxEngine, type OnnxEngine } from './onnx-engine.ts'
import { currentPlace, enterPlace, watchPlace } from './place.ts'

watchPlace((place) => writeSync(PLACE_DESCRIPTOR, `${place}\n`))
enterPlace(LOADING)
preferKill()

// Ctrl-C reaches the whole group of a terminal. The trainer ends its step and asks for a checkpoint; the engine ends with the trainer.
process.on('SIGINT', () => {}).on('SIGTERM', () => {})
process.on('disconnect', () => process.exit())

let engine: OnnxEngine | null = null
/** Of the call under way. */
let stop = new AbortController()
let current = 0

process.on('message', (message: ToEngine) => {
  if (!('stop' in message)) void answer(message)
  else if (message.stop === current) stop.abort()
})

async function answer(call: EngineCall): Promise<void> {
  current = call.id
  stop = new AbortController()
  if (call.isStopped) stop.abort()
  const outcome = await perform(call).then(
    (result) => ({ result }),
    (error: unknown) => ({ error: toWire(error, currentPlace()) }),
  )
  enterPlace(PAUSE)
  say({ id: call.id, residentBytes: process.memoryUsage.rss(), ...outcome })
}

async function perform({ id, name, args }: EngineCall): Promise<unknown> {
  const [first, second, third] = args as never[]
  if (name === 'open') {
    engine = createOnnxEngine(first!)
    return engine.info
  }
  if (engine === null) throw new Error('the engine is not open')
  enterPlace(name)
  switch (name) {
    case 'generate':
      return engine.generate(first!, second!, third!, (event) => say({ id, event }), stop.signal)
    case 'logprobs':
      return engine.logprobs(first!, second!, third!)
    case 'values':
      return engine.values(first!)
    case 'update':
      return engine.update(first!, second!, stop.signal)
    case 'save':
      return engine.save(first!)
    case 'load':
      return engine.load(first!)
  }
}

function say(message: FromEngine): void {
  if (process.connected) process.send!(message)
}

/** When Linux runs out of memory, this process is to go: not the trainer, which can still say so, and nothing else of the person's. */
function preferKill(): void {
  if (process.platform !== 'linux') return
  try {
    writeFileSync('/proc/self/oom_score_adj', '800')
  } catch {
    // Some containers forbid it; then the kernel chooses by size, which is this process as well.
  }
}
