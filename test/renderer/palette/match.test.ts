import { describe, expect, test } from 'vitest'
import { matching, piecesOf } from '../../../src-renderer/palette/match.ts'

const command = (title: string, words = ''): { title: string; words: string } => ({ title, words })
const titles = (found: ReturnType<typeof matching>): string[] => found.map(({ command }) => command.title)

const COMMANDS = [
  command('Runs', 'go to'),
  command('Reward bench', 'go to'),
  command('grpo-starter-07', 'run finished grpo'),
  command('Starter GRPO', 'run running grpo'),
  command('ppo-starter-02', 'run crashed ppo'),
]

describe('what fits what was typed', () => {
  test('is everything, in its order, while nothing is typed', () => {
    expect(titles(matching(COMMANDS, '  '))).toEqual(COMMANDS.map(({ title }) => title))
  })

  test('begins with it first, then has a word that begins with it, then has it anywhere', () => {
    const found = matching([command('Overruns'), command('All runs'), command('Runs')], 'run')
    expect(titles(found)).toEqual(['Runs', 'All runs', 'Overruns'])
  })

  test('has every word, in any order and whatever the case', () => {
    expect(titles(matching(COMMANDS, 'GRPO start'))).toEqual(['grpo-starter-07', 'Starter GRPO'])
    expect(titles(matching(COMMANDS, 'start 02'))).toEqual(['ppo-starter-02'])
    expect(matching(COMMANDS, 'grpo nothing')).toEqual([])
  })

  test('may be said of it beside its title, which is worth less', () => {
    expect(titles(matching(COMMANDS, 'crashed'))).toEqual(['ppo-starter-02'])
    expect(titles(matching([command('a', 'theme'), command('theme')], 'theme'))).toEqual(['theme', 'a'])
  })

  test('may be the beginnings of its words', () => {
    expect(titles(matching(COMMANDS, 'gs07'))).toEqual(['grpo-starter-07'])
    expect(titles(matching(COMMANDS, 'reb'))).toEqual(['Reward bench'])
    expect(matching(COMMANDS, 'rwb')).toEqual([])
  })

  test('equal ones keep their order', () => {
    const same = ['one run', 'two run', 'six run'].map((title) => command(title))
    expect(titles(matching(same, 'run'))).toEqual(['one run', 'two run', 'six run'])
  })
})

describe('the parts of a title that were found', () => {
  const pieces = (title: string, typed: string): string[] => {
    const [match] = matching([command(title)], typed)
    return piecesOf(title, match!.marks).map(({ text, isFound }) => (isFound ? `[${text}]` : text))
  }

  test('stand in order, whichever word was typed first', () => {
    expect(pieces('Starter GRPO', 'gr sta')).toEqual(['[Sta]', 'rter ', '[GR]', 'PO'])
  })

  test('are one where they meet', () => {
    expect(pieces('Runs', 'run runs')).toEqual(['[Runs]'])
    expect(pieces('grpo-starter-07', 'gs07')).toEqual(['[g]', 'rpo-', '[s]', 'tarter-', '[07]'])
  })

  test('are none where the word is not in the title', () => {
    const [match] = matching([command('Runs', 'list')], 'list')
    expect(piecesOf('Runs', match!.marks)).toEqual([{ text: 'Runs', isFound: false }])
  })
})
