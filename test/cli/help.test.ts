import { describe, expect, test } from 'vitest'
import { commandHelp, overview } from '#cli/help'
import { COMMANDS } from '#cli/run-command-line'

describe('help', () => {
  test('the overview has one line for each command', () => {
    const lines = overview(COMMANDS, '1.2.3').split('\n')
    for (const { name, summary } of COMMANDS)
      expect(lines.filter((line) => line.startsWith(`  ${name} `) && line.endsWith(summary))).toHaveLength(1)
  })

  test.each(COMMANDS)('of $name names each of its options and fits into 120 columns', (command) => {
    const text = commandHelp(command)
    for (const option of Object.keys(command.options)) expect(text).toContain(`--${option}`)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(125)
  })
})
