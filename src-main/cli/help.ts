/** The help texts, made from the commands themselves. */
import type { Command } from './command.ts'
import { tableLines } from './table.ts'

export function overview(commands: readonly Command[], version: string): string {
  return [
    `VeriTune ${version}: reinforcement-learning fine-tuning of code models, Verilog first.`,
    '',
    'Usage: veritune <command> [options]',
    '',
    ...indented(tableLines(commands.map((command) => [callOf(command), command.summary]))),
    '',
    'A run is named by its id, the beginning of its id, or its name.',
    'VERITUNE_HOME chooses the data folder. `veritune <command> --help` tells more.',
  ].join('\n')
}

export function commandHelp(command: Command): string {
  const options = Object.entries({ ...command.options, help: { says: 'this text' } }).map(([name, option]) => {
    const hint = 'hint' in option && option.hint !== undefined ? ` ${option.hint}` : ''
    return [`--${name}${hint}`, option.says]
  })
  return [
    `Usage: veritune ${callOf(command)} [options]`,
    '',
    `${command.summary}.`,
    '',
    ...indented(tableLines(options)),
    ...(command.notes.length > 0 ? ['', ...command.notes] : []),
  ].join('\n')
}

function callOf({ name, takes, takesMore }: Command): string {
  return [name, ...takes.map((what) => `<${what}>`)].join(' ') + (takesMore === true ? ' …' : '')
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
