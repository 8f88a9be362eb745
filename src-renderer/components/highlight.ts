/** Verilog in colours: lines of tokens with a class each, so that one style sheet serves light and dark and no inline style is needed. */
import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core'

export interface CodeToken {
  readonly text: string
  /** `keyword`, `number`, `string`, `comment`, `name` or `plain`. */
  readonly kind: string
}

const PREFIX = '--code-'
const KIND_BY_VARIABLE: Record<string, string> = {
  'token-keyword': 'keyword',
  'token-constant': 'number',
  'token-string': 'string',
  'token-string-expression': 'string',
  'token-comment': 'comment',
  'token-function': 'name',
}

let ready: Promise<HighlighterCore | null> | undefined
const cache = new Map<string, readonly (readonly CodeToken[])[]>()
const CACHE_SIZE = 200

/** The lines of `code`. Loads the grammar at the first call; the result of the last texts is kept. null: the grammar is not to be had just now. */
export async function highlightVerilog(code: string): Promise<readonly (readonly CodeToken[])[] | null> {
  const known = cache.get(code)
  if (known) return known
  // A host that is gone gives no grammar; the next code asks again.
  ready ??= createHighlighter().catch(() => ((ready = undefined), null))
  const highlighter = await ready
  if (highlighter === null) return null
  const lines = highlighter
    .codeToTokensBase(code, { lang: 'verilog', theme: 'css-variables' })
    .map((line) => line.map(({ content, color }) => ({ text: content, kind: kindOf(color) })))
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value!)
  cache.set(code, lines)
  return lines
}

async function createHighlighter(): Promise<HighlighterCore> {
  const { createJavaScriptRegexEngine } = await import('shiki/engine/javascript')
  return createHighlighterCore({
    themes: [createCssVariablesTheme({ name: 'css-variables', variablePrefix: PREFIX })],
    langs: [import('@shikijs/langs/verilog')],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  })
}

/** `var(--code-token-keyword)` -> `keyword`. */
function kindOf(color: string | undefined): string {
  const name = /--code-([\w-]+)/.exec(color ?? '')?.[1] ?? ''
  return KIND_BY_VARIABLE[name] ?? 'plain'
}
