import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aJournal, started, stepFinished, writeRun } from '#test/support/run-builders'
import { endSender } from '#test/support/sync-runs'
import { temporaryFolder } from '#test/support/temporary-folder'
import { KEY, startWandbServer } from '#test/support/wandb-server'
import { veritune } from './veritune-process.ts'

describe('veritune sync', () => {
  test('sends runs and says where they are; what waits for a person ends with 3, a sentence and a remedy', async () => {
    const [home, server] = [temporaryFolder(), await startWandbServer()]
    const ended = { type: 'run.ended', step: 2, outcome: 'finished' } as const
    for (const id of ['one', 'two'])
      writeRun(join(home, 'runs'), id, aJournal([started(), stepFinished(1), stepFinished(2), ended]))
    const before = { ...process.env }
    onTestFinished(() => {
      process.env = before
      endSender(home)
    })
    Object.assign(process.env, { WANDB_API_KEY: KEY, WANDB_BASE_URL: server.baseUrl })
    const sent = await veritune(home, ['sync', 'one', 'two', '--project', 'verilog', '--aliases', 'trl,seed'])
    expect(sent).toMatchObject({ code: 0, stderr: '' })
    expect(sent.stdout).toContain(`one  all 3 lines confirmed  ${server.baseUrl}/ada/verilog/runs/one`)
    expect(sent.stdout).toContain('two  all 3 lines confirmed')
    expect(server.runs.get('ada/verilog/two')!.lines.size).toBe(3)
    server.behaviour.insteadOf = (path) => (path.endsWith('/file_stream') ? { status: 403, body: '{"error":"read only"}' } : null)
    const refused = await veritune(home, ['sync', 'one', '--project', 'other'])
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('This account may not write to ada/other')
    expect(refused.stderr).toContain('Ask its owner')
    expect((await veritune(home, ['sync', 'one', '--aliases', 'jax'])).code).toBe(2)
  })
})
