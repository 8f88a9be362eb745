/** How runs are compared, as an address: what is as the page chooses it is left out. */
import type { CompareView, SamePromptView } from '#contract/saved-view'
import { COMPLETION_PARTS, type CompletionPart } from '#contract/shared-tasks'

/** After `#/compare`: `/a,b/run?against=b&task=t5&beside=a,b&completion=1,4&part=lines`. */
export function compareAddress({ runIds, overlay, baseline, samePrompt = {} }: CompareView): string {
  const query = [
    ['against', baseline && encodeURIComponent(baseline)],
    ['task', samePrompt.taskId && encodeURIComponent(samePrompt.taskId)],
    ['beside', samePrompt.runIds && listed(samePrompt.runIds)],
    ['completion', samePrompt.completions?.join()],
    ['part', samePrompt.part],
  ].flatMap(([name, text]) => (text ? `${name}=${text}` : []))
  const path = `/${listed(runIds)}${overlay === undefined ? '' : `/${overlay}`}`
  return query.length === 0 ? path : `${path}?${query.join('&')}`
}

/** What an address does not say, or says in words that are not known, is left out. */
export function compareViewFrom(runIds: string, overlay: string | undefined, query: string): CompareView {
  const said = new URLSearchParams(query)
  const baseline = said.get('against')
  const samePrompt = samePromptFrom(said)
  return {
    runIds: runIds.split(',').filter(Boolean).map(decoded),
    ...((overlay === 'run' || overlay === 'group') && { overlay }),
    ...(baseline && { baseline }),
    ...(Object.keys(samePrompt).length > 0 && { samePrompt }),
  }
}

function samePromptFrom(said: URLSearchParams): SamePromptView {
  const taskId = said.get('task')
  const runIds = parts(said.get('beside'))
  const completions = parts(said.get('completion')).map(Number)
  const part = said.get('part')
  return {
    ...(taskId && { taskId }),
    ...(runIds.length > 0 && { runIds }),
    ...(completions.length > 0 && completions.every((place) => Number.isInteger(place) && place > 0) && { completions }),
    ...(isPart(part) && { part }),
  }
}

function listed(ids: readonly string[]): string {
  return ids.map(encodeURIComponent).join()
}

function parts(text: string | null): string[] {
  return (text ?? '').split(',').filter(Boolean)
}

function isPart(text: string | null): text is CompletionPart {
  return (COMPLETION_PARTS as readonly (string | null)[]).includes(text)
}

/** Of a broken escape the text as it stands. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
