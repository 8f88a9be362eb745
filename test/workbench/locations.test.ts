import { expect, test } from 'vitest'
import { resolveHome } from '#workbench/locations'

test.each([
  ['linux', {}, '/u/.local/share/veritune'],
  ['linux', { XDG_DATA_HOME: '/x' }, '/x/veritune'],
  ['darwin', {}, '/u/Library/Application Support/VeriTune'],
  ['linux', { VERITUNE_HOME: '/mine', XDG_DATA_HOME: '/x' }, '/mine'],
] as const)('on %s with %j the data folder is %s', (platform, environment, home) => {
  expect(resolveHome(environment, platform, '/u')).toBe(home)
})
