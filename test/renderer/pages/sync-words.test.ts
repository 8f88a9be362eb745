import { describe, expect, test } from 'vitest'
import type { SyncState } from '#contract/sync'
import {
  nextTryWords,
  placeWords,
  suggestedOfflineFolder,
  syncCommand,
  syncLook,
} from '../../../src-renderer/pages/run/sync-words.ts'

const sentence = (state: SyncState, confirmed: number, lines: number): string => syncLook({ state, confirmed, lines }).sentence

describe('what is said of a run’s copy', () => {
  test('all lines confirmed is said only where the server has counted them', () => {
    expect(sentence('confirmed', 121, 121)).toBe('All 121 lines confirmed: the server has counted them.')
    expect(sentence('live', 41, 41)).toBe('All 41 lines so far confirmed; the run goes on.')
    expect(sentence('live', 40, 41)).toBe('Up to date: 40 of 41 lines confirmed; the newest line goes with the next step.')
    expect(sentence('waits', 6, 6)).toBe('All 6 lines were taken; the end of the run is not confirmed yet.')
  })

  test('what waits is counted, and so is what was there when somebody stopped it', () => {
    expect(sentence('waits', 118, 121)).toBe('3 of 121 lines wait.')
    expect(sentence('waits', 120, 121)).toBe('1 of 121 lines waits.')
    expect(sentence('waits', 0, 0)).toBe('All lines wait.')
    expect(sentence('sending', 20, 41)).toBe('Being sent: 20 of 41 lines confirmed.')
    expect(sentence('off', 0, 41)).toBe('This run is not sent.')
    expect(sentence('off', 20, 41)).toBe('This run is no longer sent; 20 of 41 lines are there.')
  })

  test('a place, a wait and a command read as a person would write them', () => {
    expect(placeWords({ entity: 'ada', project: 'verilog', host: 'wandb.lab' })).toBe('ada/verilog on wandb.lab')
    expect(placeWords({ entity: null, project: 'verilog', host: 'wandb.lab' })).toContain('the API key’s account')
    expect(nextTryWords('2026-01-01T00:04:00.000Z', Date.parse('2026-01-01'))).toBe('It is tried again in 4 min.')
    expect(nextTryWords('2025-12-31T00:04:00.000Z', Date.parse('2026-01-01'))).toBe('It is tried again now.')
    expect(syncCommand('/home/ada/wandb/offline-run-1')).toBe('wandb sync /home/ada/wandb/offline-run-1')
    expect(syncCommand('/my runs/a')).toBe('wandb sync "/my runs/a"')
    expect([suggestedOfflineFolder(''), suggestedOfflineFolder('C:\\data')]).toEqual(['', 'C:\\data\\wandb'])
  })
})
