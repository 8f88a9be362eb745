/** A script of Yosys as WebAssembly. It cannot be ended from within its thread: its work must be bounded before it begins. */
import { runYosys } from '@yowasp/yosys'

export interface ScriptResult {
  /** It came to its end: no command called it an error. */
  readonly isDone: boolean
  readonly log: string
  readonly files: Readonly<Record<string, string>>
}

const MAX_LOG = 400_000

export async function runScript(script: readonly string[], files: Readonly<Record<string, string>>): Promise<ScriptResult> {
  const decoder = new TextDecoder()
  let log = ''
  const collect = (bytes: Uint8Array | null): void => {
    if (bytes !== null && log.length < MAX_LOG) log += decoder.decode(bytes)
  }
  try {
    const written = (await runYosys(['-p', script.join('; ')], { ...files }, { stdout: collect, stderr: collect })) as Tree
    const texts = Object.entries(written).flatMap(([name, content]) => {
      if (typeof content === 'string') return [[name, content]]
      return content instanceof Uint8Array ? [[name, decoder.decode(content)]] : []
    })
    return { isDone: true, log, files: Object.fromEntries(texts) as Record<string, string> }
  } catch {
    // An error of Yosys, or a trap of the machine below it: either way it has shown nothing.
    return { isDone: false, log, files: {} }
  }
}

type Tree = Readonly<Record<string, unknown>>
