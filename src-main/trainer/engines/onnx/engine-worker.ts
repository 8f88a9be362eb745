/** The worker's side of worker-engine.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { Failure } from '#contract/failure'
import { createOnnxEngine, type OnnxEngine } from './onnx-engine.ts'
import type { FromWorker, ToWorker, WireError } from './worker-engine.ts'

const port = parentPort!
const { stopFlag } = workerData as { stopFlag: Int32Array }

/** An AbortSignal over the shared flag: the engine asks it between runs of a graph. */
const stop = {
  get aborted(): boolean {
    return Atomics.load(stopFlag, 0) === 1
  },
} as AbortSignal

let engine: OnnxEngine | null = null

port.on('message', (message: ToWorker) => {
  void answer(message)
})

async function answer({ id, name, args }: ToWorker): Promise<void> {
  try {
    port.postMessage({ id, result: await perform(id, name, args) } satisfies FromWorker)
  } catch (error) {
    port.postMessage({ id, error: toWire(error) } satisfies FromWorker)
  }
}

async function perform(id: number, name: ToWorker['name'], args: readonly unknown[]): Promise<unknown> {
  const [first, second, third] = args as never[]
  if (name === 'open') {
    engine = createOnnxEngine(first!)
    return engine.info
  }
  if (engine === null) throw new Error('the engine is not open')
  switch (name) {
    case 'generate':
      return engine.generate(first!, second!, third!, (event) => port.postMessage({ id, event } satisfies FromWorker), stop)
    case 'logprobs':
      return engine.logprobs(first!, second!, third!)
    case 'values':
      return engine.values(first!)
    case 'update':
      return engine.update(first!, second!, stop)
    case 'save':
      return engine.save(first!)
    case 'load':
      return engine.load(first!)
    case 'close':
      return engine.close()
  }
}

function toWire(error: unknown): WireError {
  if (error instanceof Failure) return { kind: 'failure', code: error.code, facts: error.facts }
  const known = error instanceof Error ? error : new Error(String(error))
  // A full disk keeps its name across the thread.
  const code = (known as NodeJS.ErrnoException).code
  if (code === 'ENOSPC')
    return { kind: 'failure', code: 'disk.full', facts: { path: (known as NodeJS.ErrnoException).path ?? 'the run' } }
  return { kind: 'error', message: known.message, stack: known.stack ?? known.message }
}
