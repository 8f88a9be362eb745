import { expect, test } from 'vitest'
import { formatAgo, formatDuration } from '../../../src-renderer/format/duration.ts'

test.each([
  [0.42, '0.42 s'],
  [5.25, '5.3 s'],
  [48.2, '48 s'],
  [540, '9 min'],
  [7500, '2 h 05 min'],
  [273_600, '3 d 4 h'],
  [null, '–'],
  [-1, '–'],
])('%s seconds are written %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

const NOW = Date.parse('2026-11-23T12:00:00Z')
test.each([
  ['2026-11-23T11:59:40Z', 'just now'],
  ['2026-11-23T11:48:00Z', '12 min ago'],
  ['2026-11-23T09:00:00Z', '3 h ago'],
  ['2026-11-21T11:00:00Z', '2 d ago'],
  ['2026-11-02T11:00:00Z', '2026-11-02'],
  ['2026-11-23T12:00:05Z', 'just now'],
  ['nonsense', '–'],
])('%s is written %s', (iso, text) => expect(formatAgo(iso, NOW)).toBe(text))
