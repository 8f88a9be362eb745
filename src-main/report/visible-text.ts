/** Text that a model, a tool or a person wrote, made safe to look at: what cannot be seen is written out, and what never ends is cut. */

const LONGEST_LINE = 2_000
const LONGEST_TEXT = 40_000

/**
 * Control characters, signs that turn the direction of what follows, and invisible ones. They could hide code from a reader or swap its order
 * (Boucher and Anderson, "Trojan Source", 2021). Tab and line feed stay.
 */
const UNSEEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]/gu
/** Half of a pair: no format can write it. */
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** The thin space of our own numbers is left alone, as is the space that does not break. */
export function visible(text: string): string {
  const seen = text
    .replaceAll('\r\n', '\n')
    .replace(LONE, '\ufffd')
    .replace(UNSEEN, (sign) => `<U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}>`)
  const lines = seen.length <= LONGEST_LINE ? seen : seen.split('\n').map(cutLine).join('\n')
  return lines.length <= LONGEST_TEXT
    ? lines
    : `${lines.slice(0, LONGEST_TEXT)}\n… (${lines.length - LONGEST_TEXT} more characters)`
}

function cutLine(line: string): string {
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)} … (${line.length - LONGEST_LINE} more characters)`
}
