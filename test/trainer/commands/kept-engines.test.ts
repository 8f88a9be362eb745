import { expect, test } from 'vitest'
import { Failure } from '#contract/failure'
import { KeptEngines } from '#trainer/commands/kept-engines'
import { createEngine } from '#trainer/engines/create-engine'
import type { Engine } from '#trainer/engines/engine'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeTinyFolder } from '#test/support/tiny-folder'

/** The fake engine, and what was done with it. */
function opener(): { opened: string[]; closed: string[]; open: (name: string) => () => Promise<Engine> } {
  const modelFolder = writeTinyFolder(temporaryFolder())
  const [opened, closed] = [[] as string[], [] as string[]]
  const open = (name: string) => async (): Promise<Engine> => {
    opened.push(name)
    const engine = await createEngine('fake', { ...TINY_SETTINGS, modelFolder })
    const close = engine.close.bind(engine)
    return Object.assign(engine, {
      close: async () => {
        closed.push(name)
        await close()
      },
    })
  }
  return { opened, closed, open }
}

const nothing = async (): Promise<void> => {}

test('an engine that is asked again is not opened again', async () => {
  const [{ opened, open }, engines] = [opener(), new KeptEngines()]
  await engines.use('a', open('a'), nothing)
  await engines.use('a', open('a'), nothing)
  expect(opened).toEqual(['a'])
  await engines.close()
})

test('of three engines the one that was idle longest is closed, before the third is opened', async () => {
  const [{ opened, closed, open }, engines] = [opener(), new KeptEngines()]
  for (const name of ['a', 'b', 'a', 'c']) await engines.use(name, open(name), nothing)
  expect([opened, closed, engines.count]).toEqual([['a', 'b', 'c'], ['b'], 2])
  await engines.close()
  expect([closed.toSorted(), engines.count]).toEqual([['a', 'b', 'c'], 0])
})

test('calls of one engine never overlap, and a third engine waits until one of two is free', async () => {
  const [{ opened, open }, engines] = [opener(), new KeptEngines()]
  const order: string[] = []
  const slow = (name: string) => async () => {
    order.push(`${name} begins`)
    await new Promise((resolve) => setTimeout(resolve, 20))
    order.push(`${name} ends`)
  }
  await Promise.all([
    engines.use('a', open('a'), slow('first')),
    engines.use('a', open('a'), slow('second')),
    engines.use('b', open('b'), slow('other')),
    engines.use('c', open('c'), slow('third')),
  ])
  expect(order.indexOf('first ends')).toBeLessThan(order.indexOf('second begins'))
  expect(order.indexOf('other ends')).toBeLessThan(order.indexOf('third begins'))
  expect(opened).toEqual(['a', 'b', 'c'])
  await engines.close()
})

test('an engine that nobody asks is closed after a while', async () => {
  const [{ closed, open }, engines] = [opener(), new KeptEngines(10)]
  await engines.use('a', open('a'), nothing)
  await expect.poll(() => closed).toEqual(['a'])
})

test('an engine that crashed is opened anew, one that refused a prompt stays', async () => {
  const [{ opened, closed, open }, engines] = [opener(), new KeptEngines()]
  const failing = (failure: Failure) => (): Promise<void> => Promise.reject(failure)
  const refused = new Failure('completion.too-long', { tokens: 9, limit: 8 })
  await expect(engines.use('a', open('a'), failing(refused))).rejects.toBe(refused)
  expect(closed).toEqual([])
  const crashed = new Failure('engine.crashed', { signal: 'SIGKILL', graph: 'generate' })
  await expect(engines.use('a', open('a'), failing(crashed))).rejects.toBe(crashed)
  expect(closed).toEqual(['a'])
  await engines.use('a', open('a'), nothing)
  expect(opened).toEqual(['a', 'a'])
  await engines.close()
})

test('a model that cannot be opened leaves its place', async () => {
  const [{ opened, open }, engines] = [opener(), new KeptEngines()]
  const missing = new Failure('model.missing-file', { folder: 'nowhere', file: 'config.json' })
  await expect(engines.use('a', () => Promise.reject(missing), nothing)).rejects.toBe(missing)
  expect(engines.count).toBe(0)
  await engines.use('a', open('a'), nothing)
  expect(opened).toEqual(['a'])
  await engines.close()
})
