/** The run that a person means: an id, its beginning, or a name. */
import type { Api, RunSummary } from '#contract/api'
import { Failure } from '#contract/failure'

/** Throws Failure run.missing, and arguments.invalid where several runs are meant. */
export async function findRun(api: Pick<Api, 'runs.list'>, text: string): Promise<RunSummary> {
  return pickRun(await api['runs.list'](), text)
}

/** An id goes before a name, a name before the beginning of an id. */
export function pickRun(runs: readonly RunSummary[], text: string): RunSummary {
  const ways = [
    (run: RunSummary): boolean => run.id === text,
    (run: RunSummary): boolean => run.name === text,
    (run: RunSummary): boolean => text !== '' && run.id.startsWith(text),
  ]
  const found = ways.map((fits) => runs.filter(fits)).find((matches) => matches.length > 0) ?? []
  if (found.length > 1) {
    const ids = found.slice(0, 5).map(({ id }) => id)
    throw new Failure('arguments.invalid', {
      problem: `"${text}" means ${found.length} runs (${ids.join(', ')}); name one by its id.`,
    })
  }
  const [run] = found
  if (run === undefined) throw new Failure('run.missing', { run: text })
  return run
}
