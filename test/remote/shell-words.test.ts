import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shCommand, shellWord } from '#remote/shell-words'

const SHELLS = ['/bin/sh', '/bin/bash', '/bin/dash', '/usr/bin/zsh', '/usr/bin/fish', '/usr/bin/tcsh'].filter((shell) =>
  existsSync(shell),
)
const HOSTILE = [
  '',
  ' ',
  '-oProxyCommand=x',
  '$(id)',
  '`id`',
  "a'b",
  '"',
  ';id',
  '&& id',
  '> /tmp/x',
  '*',
  '~root',
  '|id',
  '#',
  'ä✓',
]

const echoed = (shell: string, word: string): string =>
  execFileSync(shell, ['-c', shCommand(['printf %s "$1"'], [word])], { encoding: 'utf8' })

describe('a word for a shell on another computer', () => {
  test.each(SHELLS.flatMap((shell) => HOSTILE.map((word) => [shell, word] as const)))(
    'comes through %s unread: %j',
    (shell, word) => expect(echoed(shell, word)).toBe(word),
  )

  test('comes through sh unread, whatever it is', () => {
    const word = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !/[\0\r\n]/.test(text))
    fc.assert(
      fc.property(word, (text) => echoed('/bin/sh', text) === text),
      { numRuns: 60 },
    )
  })

  test('is one line', () => {
    for (const text of ['a\nb', 'a\rb', 'a\0b']) expect(() => shellWord(text)).toThrow(/one line/)
  })

  test('a script with what login shells of other kinds read inside quotes is a bug', () => {
    for (const script of ["echo 'x'", 'echo \\x', '[ ! -d x ]']) expect(() => shCommand([script], [])).toThrow(/any shell/)
  })
})
