import { describe, expect, test } from 'vitest'
import { serverConfig } from '#sync/config'
import { aConfig } from '#test/support/run-builders'

describe('config for the server', () => {
  test('each key holds its value in an object', () => {
    const config = serverConfig({ runId: 'a', config: aConfig(), environment: { node: 'v24' } })
    expect(config).toMatchObject({
      steps: { value: aConfig().steps },
      optimizer: { value: aConfig().optimizer },
      veritune_run: { value: 'a' },
      environment: { value: { node: 'v24' } },
    })
  })

  test('where things lie on this machine, and a password, stay here', () => {
    const reasoningJudge = { baseUrl: 'https://me:secret@judge.example/v1', model: 'm', share: 0.5, isRemoteAllowed: true }
    const changed = aConfig({
      model: '/home/me/models/small/',
      dataset: { id: 'C:\\me\\tasks.jsonl', hash: 'h' },
      reasoningJudge,
    })
    const text = JSON.stringify(serverConfig({ runId: 'a', config: changed, environment: null }))
    for (const told of ['"small"', '"tasks.jsonl"', 'https://judge.example/v1']) expect(text).toContain(told)
    for (const kept of ['/home', 'C:', 'secret']) expect(text).not.toContain(kept)
  })
})
