import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { problemOf } from '../../scripts/check-node.mjs'
import { REPOSITORY } from '#test/support/run-builders'

describe('this computer', () => {
  test.each(['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'])(
    'of kind %s with Node 24 is welcome',
    (kind) => {
      const [platform, architecture] = kind.split('-') as [string, string]
      expect(problemOf('v24.0.0', platform, architecture)).toBeNull()
    },
  )

  test('is refused with its remedy where ONNX Runtime has no binary, whatever its Node', () => {
    const refusal =
      'ONNX Runtime has no binary for darwin-x64, so VeriTune cannot run on this computer. Use Linux x64 or arm64, Windows x64 or arm64, or a Mac with Apple silicon.'
    expect(problemOf('v24.21.0', 'darwin', 'x64')).toBe(refusal)
    expect(problemOf('v20.0.0', 'darwin', 'x64')).toBe(refusal)
    expect(problemOf('v24.21.0', 'freebsd', 'x64')).toContain('freebsd-x64')
  })

  test.each(['v20.20.2', 'v22.0.0', 'v25.1.0', 'v240.0.0', 'nonsense'])('is asked for Node 24 when it runs %s', (version) => {
    expect(problemOf(version, 'linux', 'x64')).toBe(
      `VeriTune needs Node 24, this is ${version}. Run \`npm ci\` without --ignore-scripts: it brings Node 24 with it, and npm's commands then use it.`,
    )
  })
})

test('the check passes silently here', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(REPOSITORY, 'scripts/check-node.mjs')], {
    encoding: 'utf8',
  })
  expect([status, stdout, stderr]).toEqual([0, '', ''])
})
