import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { API } from '#contract/api'
import type { SavedView } from '#contract/saved-view'
import { readViews, removeView, renameView, saveView } from '#workbench/saved-views'
import { temporaryFolder } from '#test/support/temporary-folder'

const aView = (name: string, runIds = ['a', 'b']): SavedView => ({ schemaVersion: 1, name, view: { page: 'compare', runIds } })
const namesIn = (folder: string): string[] => readViews(folder).views.map(({ name }) => name)

describe('saved views', () => {
  test('are a file each that is called as they are, and come back by name as they were saved', () => {
    const folder = join(temporaryFolder(), 'views')
    expect(readViews(folder)).toEqual({ views: [], problems: [] })
    saveView(folder, aView('GRPO against PPO', ['x', 'y']), false)
    const { views } = saveView(folder, aView('all of them'), false)
    expect(views).toEqual([aView('all of them'), aView('GRPO against PPO', ['x', 'y'])])
    expect(readdirSync(folder).sort()).toEqual(['all-of-them.json', 'grpo-against-ppo.json'])
  })

  test('of names that share a file name, or of which nothing fits into one, none overwrites another', () => {
    const folder = temporaryFolder()
    for (const name of ['a b', 'A-B', '消融', '基线', '../../a b']) saveView(folder, aView(name), false)
    expect(namesIn(folder).toSorted()).toEqual(['../../a b', 'A-B', 'a b', '基线', '消融'].toSorted())
    expect(readdirSync(folder).sort()).toEqual(['a-b-2.json', 'a-b-3.json', 'a-b.json', 'view-2.json', 'view.json'])
  })

  test('are replaced only by whoever says so', () => {
    const folder = temporaryFolder()
    saveView(folder, aView('one'), false)
    expect(() => saveView(folder, aView('one', ['z']), false)).toThrow('There is a saved view called "one" already.')
    expect(readViews(folder).views).toEqual([aView('one')])
    expect(saveView(folder, aView('one', ['z']), true).views).toEqual([aView('one', ['z'])])
    expect(readdirSync(folder)).toEqual(['one.json'])
  })

  test('get another name, but not that of another', () => {
    const folder = temporaryFolder()
    saveView(folder, aView('one'), false)
    saveView(folder, aView('two'), false)
    expect(() => renameView(folder, 'one', 'two')).toThrow('There is a saved view called "two" already.')
    expect(() => renameView(folder, 'three', 'four')).toThrow('There is no saved view called "three" any more.')
    expect(renameView(folder, 'one', 'first').views).toEqual([aView('first'), aView('two')])
    expect(renameView(folder, 'first', 'first').views).toHaveLength(2)
    expect(readdirSync(folder).sort()).toEqual(['first.json', 'two.json'])
  })

  test('are removed, and saving what was removed undoes it', () => {
    const folder = temporaryFolder()
    saveView(folder, aView('one'), false)
    expect(removeView(folder, 'one').views).toEqual([])
    expect(() => removeView(folder, 'one')).toThrow('no saved view called "one" any more')
    expect(saveView(folder, aView('one'), false).views).toEqual([aView('one')])
  })

  test('a file that holds none is named with the reason, and the others are read', () => {
    const folder = temporaryFolder()
    saveView(folder, aView('good'), false)
    writeFileSync(join(folder, 'broken.json'), '{"name": ')
    writeFileSync(join(folder, 'copy.json'), readFileSync(join(folder, 'good.json')))
    writeFileSync(join(folder, 'empty.json'), JSON.stringify({ ...aView('empty'), view: { page: 'compare', runIds: [] } }))
    mkdirSync(join(folder, 'folder.json'))
    writeFileSync(join(folder, 'half.json.new'), '{')
    const { views, problems } = readViews(folder)
    expect(views).toEqual([aView('good')])
    const problemOf = (file: string): string | undefined => problems.find((one) => one.file === join(folder, file))?.problem
    expect(problems).toHaveLength(4)
    expect(problemOf('broken.json')).toMatch(/cannot be read/)
    expect(problemOf('empty.json')).toMatch(/^view\.runIds: /)
    expect(problemOf('folder.json')).toMatch(/cannot be read/)
    // Of two that have a name the first file is the one; the other says which.
    expect(problemOf('good.json')).toContain(join(folder, 'copy.json'))
  })

  test('from outside are looked at whole: a page that is none, or a run id that leads elsewhere, is refused', () => {
    const { input } = API['views.save']
    expect(input.safeParse([aView('good'), false]).success).toBe(true)
    expect(input.safeParse([aView('bad', ['../x']), false]).success).toBe(false)
    expect(input.safeParse([{ ...aView('bad'), view: { page: 'reward' } }, false]).success).toBe(false)
    expect(input.safeParse([aView('   '), false]).success).toBe(false)
  })
})
