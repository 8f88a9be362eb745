/** The same text with comments and strings blanked out, so that lines and columns stay where they were. */
export function withoutComments(code: string): string {
  return code.replace(/\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:\\.|[^"\\\n])*"/g, (match) => match.replace(/[^\n]/g, ' '))
}
