/** Which commands fit what a person typed, the best first. */

export interface Searchable {
  readonly title: string
  /** Searched as well, and worth less than the title. */
  readonly words: string
}

/** Part of a title, from its first letter to the one after its last. */
export type Mark = readonly [from: number, to: number]

export interface Match<T> {
  readonly command: T
  /** What was found in the title, in order. */
  readonly marks: readonly Mark[]
}

interface Finding {
  readonly score: number
  readonly marks: readonly Mark[]
}

/** What a word is worth by the place where it was found. */
const WORTH = { titleStart: 16, wordStart: 8, insideTitle: 4, words: 2, initials: 1 } as const

/** Each typed word must be found somewhere. Equal ones keep their order; nothing typed fits all. */
export function matching<T extends Searchable>(commands: readonly T[], typed: string): Match<T>[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return commands
    .map((command) => ({ command, finding: findAll(command, words) }))
    .filter((one): one is { command: T; finding: Finding } => one.finding !== null)
    .toSorted((a, b) => b.finding.score - a.finding.score)
    .map(({ command, finding }) => ({ command, marks: finding.marks }))
}

function findAll(command: Searchable, words: readonly string[]): Finding | null {
  const findings = words.map((word) => find(command, word))
  if (!findings.every((finding) => finding !== null)) return null
  return {
    score: findings.reduce((sum, { score }) => sum + score, 0),
    marks: joined(findings.flatMap(({ marks }) => marks)),
  }
}

function find({ title, words }: Searchable, word: string): Finding | null {
  const text = title.toLowerCase()
  if (text.startsWith(word)) return { score: WORTH.titleStart, marks: [[0, word.length]] }
  const start = wordStarts(text).find((at) => text.startsWith(word, at))
  if (start !== undefined) return { score: WORTH.wordStart, marks: [[start, start + word.length]] }
  const inside = text.indexOf(word)
  if (inside !== -1) return { score: WORTH.insideTitle, marks: [[inside, inside + word.length]] }
  if (words.toLowerCase().includes(word)) return { score: WORTH.words, marks: [] }
  const initials = findInitials(text, word)
  return initials && { score: WORTH.initials, marks: initials }
}

/** `gs07` in `grpo-starter-07`: each letter follows the one before it or begins a later word. */
function findInitials(text: string, word: string): readonly Mark[] | null {
  const starts = wordStarts(text)
  const search = (letter: number, from: number): readonly number[] | null => {
    if (letter === word.length) return []
    const places = letter === 0 ? starts : [from, ...starts.filter((start) => start > from)]
    for (const place of places) {
      const rest = text[place] === word[letter] ? search(letter + 1, place + 1) : null
      if (rest !== null) return [place, ...rest]
    }
    return null
  }
  return search(0, 0)?.map((place) => [place, place + 1] as const) ?? null
}

/** Where a letter or digit stands after something that is none, or a digit after a letter. */
function wordStarts(text: string): number[] {
  return Array.from(text.matchAll(/(?<![\p{L}\p{N}])[\p{L}\p{N}]|(?<=\p{L})\p{N}/gu), ({ index }) => index)
}

/** In order, without gaps or overlaps between neighbours. */
function joined(marks: readonly Mark[]): readonly Mark[] {
  const whole: [number, number][] = []
  for (const [from, to] of marks.toSorted((a, b) => a[0] - b[0])) {
    const last = whole.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else whole.push([from, to])
  }
  return whole
}

/** A title in pieces, in order. */
export function piecesOf(title: string, marks: readonly Mark[]): { readonly text: string; readonly isFound: boolean }[] {
  const ends = [...marks.flat(), title.length]
  const pieces = ends.map((end, i) => ({ text: title.slice(ends[i - 1] ?? 0, end), isFound: i % 2 === 1 }))
  return pieces.filter(({ text }) => text !== '')
}
