import { describe, expect, test } from 'vitest'
import type { RemoteState } from '#contract/remote-run'
import { linkWords } from '../../../src-renderer/pages/run/link-words.ts'

const reached: RemoteState = { host: 'box', reachedAt: '2026-11-28T10:00:00Z', problem: null, doing: null }
const now = Date.parse('2026-11-28T10:12:30Z')
const problem = { message: 'The link to box was lost.', remedy: 'It is tried again.' }

describe('of the computer that a run trains on', () => {
  test('nothing is said while it is reached, and of this computer nothing ever', () => {
    expect([linkWords(null, now), linkWords(reached, now)]).toEqual([null, null])
  })

  test('what is done before its first step is said', () => {
    expect(linkWords({ ...reached, doing: 'copies the model (15.2 GB)' }, now)!.title).toBe('box: copies the model (15.2 GB) …')
  })

  test('it is said since when it is not reached, and why', () => {
    const { title, text } = linkWords({ ...reached, problem, doing: 'copies the model' }, now)!
    expect(title).toMatch(/^box is not reached since \d\d:\d\d:00 \(12 min ago\): The link to box was lost\.$/)
    expect(text).toBe('It is tried again.')
    expect(linkWords({ ...reached, reachedAt: null, problem }, now)!.title).toBe('box is not reached: The link to box was lost.')
  })
})
