import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { isScored, type Score } from '#contract/score'
import { aTask, COMBINATIONAL, completionOf } from '#test/support/verilog'
import { EndpointJudge } from '#trainer/3-scores/reasoning/endpoint-judge'
import { withReasoningJudge } from '#trainer/3-scores/reasoning/judged-reasoning'
import { createScorer } from '#trainer/3-scores/scorer'

const CODE = 'module m(input a, output y);\n  assign y = a;\nendmodule'
const TASK = aTask({
  ports: [
    { name: 'a', direction: 'input', width: 1 },
    { name: 'y', direction: 'output', width: 1 },
  ],
  reference: CODE,
  stimulus: COMBINATIONAL,
})
const scorer = createScorer({ workers: 1 })

describe('a reasoning score with a language model beside the grammar', () => {
  let server: Server
  let baseUrl: string
  let status = 200
  let requests: string[] = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (part: Buffer) => (body += part.toString()))
      request.on('end', () => {
        requests.push(body)
        response.writeHead(status, { 'content-type': 'application/json' })
        const ids = [...body.matchAll(/ITEM ([0-9a-f]+)/g)].map((match) => match[1])
        const content = JSON.stringify({ grades: ids.map((id) => ({ id, value: 0.5, reasons: ['short'] })) })
        response.end(JSON.stringify({ choices: [{ message: { content } }] }))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  })
  afterEach(() => {
    status = 200
    requests = []
  })
  afterAll(async () => {
    server.close()
    await scorer.close()
  })

  const judged = (): ReturnType<typeof withReasoningJudge> =>
    withReasoningJudge(scorer, {
      judge: new EndpointJudge({ baseUrl, model: 'm', apiKey: 'secret', wait: async () => {} }),
      share: 0.5,
    })
  const reasoningOf = async (completion: string): Promise<Score> => (await judged().score(completion, TASK, 1)).scores.reasoning

  test('is a blend of both, and says what the model said', async () => {
    const completion = completionOf(CODE, 'registers: 0\ny: combinational\ny: width 1\nlatches: none')
    expect(await reasoningOf(completion)).toMatchObject({
      value: 0.75,
      outcome: 'partial',
      evidence: { summary: expect.stringMatching(/4 of 4 statements are true.*gives 0\.50: short/) },
    })
  })

  test('whose endpoint fails is unscored, and all else stands', async () => {
    status = 401
    const { scores } = await judged().score(completionOf(CODE, 'latches: none'), TASK, 1)
    expect(scores.reasoning).toHaveProperty('unscored')
    expect(JSON.stringify(scores)).not.toContain('secret')
    expect(isScored(scores.functional) && scores.functional.outcome).toBe('passed')
  })

  test('of a design that does not compile asks nobody', async () => {
    expect(
      await reasoningOf(completionOf('module m(input a, output y);\n  assign y = ;\nendmodule', 'latches: none')),
    ).toMatchObject({ value: 0, outcome: 'not-reached' })
    expect(requests).toEqual([])
  })

  test('asks about completions that end together in few requests', async () => {
    const one = judged()
    await Promise.all([1, 2, 3, 4].map((i) => one.score(completionOf(`${CODE}\n// ${i}`, `latches: none\nnote ${i}`), TASK, 1)))
    expect(requests.length).toBeGreaterThan(0)
    expect(requests.filter((body) => body.includes('note 1') && body.includes('note 4'))).toHaveLength(1)
  })
})
