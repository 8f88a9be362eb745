/** Damage to the text of an answer: syntax errors and broken formats. */
import type { Random } from '../math/random.ts'

/** Code that (nearly always) no longer compiles. */
export function brokenSyntax(code: string, random: Random): string {
  const damages = [
    withoutOne(';'),
    withoutOne(';'),
    withoutOne(')'),
    withoutOne(']'),
    withoutOne('endmodule'),
    withoutOne('('),
    extraEnd,
  ]
  const possible = damages.map((damage) => damage(code, random)).filter((damaged) => damaged !== code)
  return random.pick(possible)
}

/** An answer in which the fence or the reasoning block does not close. */
export function brokenFormat(answer: string, random: Random): string {
  return random.pick([answer.replace(/\n```$/, ''), answer.replace('</reason>\n', ''), answer.replace('```verilog\n', '')])
}

function withoutOne(piece: string): (code: string, random: Random) => string {
  return (code, random) => {
    const places = [...code.matchAll(new RegExp(piece.replace(/[()[\]]/, '\\$&'), 'g'))].map(({ index }) => index)
    if (places.length === 0) return code
    const place = random.pick(places)
    return code.slice(0, place) + code.slice(place + piece.length)
  }
}

function extraEnd(code: string): string {
  return code.replace(/\nendmodule$/, '\n  end\nendmodule')
}
