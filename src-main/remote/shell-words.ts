/** Text for a shell on another computer. */

/** One word of a POSIX shell, whatever is in it. Throws Error for line ends and NUL, which login shells of other kinds read otherwise. */
export function shellWord(text: string): string {
  if (/[\0\r\n]/.test(text)) throw new Error(`a shell word of one line is wanted, not ${JSON.stringify(text)}`)
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/**
 * The command that a login shell (sh, bash, zsh, fish, csh) hands on to sh unread: the script as one word, its arguments after it as $1, $2, ….
 * Statements may hold no single quote, no backslash and no exclamation mark, which such shells read inside quotes too.
 */
export function shCommand(statements: readonly string[], args: readonly string[]): string {
  const script = statements.join('; ')
  if (/['\\!]/.test(script)) throw new Error(`a script for any shell holds no quote, backslash or !: ${script}`)
  return ['exec', 'sh', '-c', script, 'sh', ...args].map((word, i) => (i < 3 ? word : shellWord(word))).join(' ')
}
