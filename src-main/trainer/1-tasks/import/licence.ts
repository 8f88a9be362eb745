/** Under which terms a data set comes, as far as its files say. */
import { posix } from 'node:path'
import { textOf, type Source, type SourceFile } from './sources/source.ts'

/** Words of a licence -> its SPDX name. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/Permission is hereby granted, free of charge/, 'MIT'],
  [/Apache License\s+Version 2\.0/, 'Apache-2.0'],
  [/Attribution-ShareAlike 4\.0/, 'CC-BY-SA-4.0'],
  [/Attribution-NonCommercial 4\.0/, 'CC-BY-NC-4.0'],
  [/Attribution 4\.0 International/, 'CC-BY-4.0'],
  [/CC0 1\.0 Universal/, 'CC0-1.0'],
  [/GNU GENERAL PUBLIC LICENSE\s+Version 3/, 'GPL-3.0'],
  [/Redistributions in binary form[\s\S]*Neither the name/, 'BSD-3-Clause'],
  [/Redistributions in binary form/, 'BSD-2-Clause'],
]

/** SPDX name from the licence file nearest to the top, else from the head of a README; null when neither says. */
export async function licenceOf({ files }: Source): Promise<string | null> {
  const byDepth = files.toSorted((a, b) => a.path.split('/').length - b.path.split('/').length)
  const licence = byDepth.find(({ path }) => /^(licen[cs]e|copying)(\.\w+)?$/i.test(posix.basename(path)))
  if (licence !== undefined) {
    const text = await textOrNothing(licence)
    return WORDS.find(([words]) => words.test(text))?.[1] ?? posix.basename(licence.path)
  }
  const readme = byDepth.find(({ path }) => /^readme\.md$/i.test(posix.basename(path)))
  if (readme === undefined) return null
  const stated = /^---\n[\s\S]*?^license:\s*["']?([\w.-]+)/m.exec(await textOrNothing(readme))?.[1]
  return stated === undefined ? null : (WORDS.find(([, name]) => name.toLowerCase() === stated.toLowerCase())?.[1] ?? stated)
}

/** A licence that nobody can read keeps no task away. */
async function textOrNothing(file: SourceFile): Promise<string> {
  try {
    return await textOf(file)
  } catch {
    return ''
  }
}
