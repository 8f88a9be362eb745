import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Hosts } from '#remote/hosts'
import { temporaryFolder } from '#test/support/temporary-folder'

const NOW = new Date('2026-11-28T10:00:00Z')
const plain = { folder: null, python: null }

function hostsIn(home: string): Hosts {
  return new Hosts(join(home, 'hosts.json'), () => NOW)
}

describe('hosts', () => {
  test('are kept in a file, in the order of their names, each once', () => {
    const home = temporaryFolder()
    const hosts = hostsIn(home)
    hosts.add({ name: 'gpu-2', ...plain })
    hosts.add({ name: 'anna@gpu-1.lab', ...plain })
    hosts.add({ name: 'gpu-2', folder: '/data/veritune/', python: '~/venv/bin/python' })
    expect(hostsIn(home).list()).toEqual([
      { name: 'anna@gpu-1.lab', folder: '~/.veritune', python: null, addedAt: NOW.toISOString() },
      { name: 'gpu-2', folder: '/data/veritune', python: '~/venv/bin/python', addedAt: NOW.toISOString() },
    ])
    expect(hosts.remove('gpu-2').map(({ name }) => name)).toEqual(['anna@gpu-1.lab'])
    expect(() => hosts.get('gpu-2')).toThrow('There is no host "gpu-2" here.')
  })

  test.each([
    '',
    '-oProxyCommand=touch /tmp/x',
    '-F',
    '--',
    'a b',
    'a;id',
    '$(id)',
    '`id`',
    'a/b',
    'box:22',
    'ssh://box',
    'user@-oProxyCommand=x',
    '-x@box',
    'a\nb',
    "a'b",
    '@box',
    'box@',
    '[::1]',
    'ä',
  ])('a name that could be anything but a host is refused: %j', (name) => {
    const home = temporaryFolder()
    expect(() => hostsIn(home).add({ name, ...plain })).toThrow(/is no name of a host/)
    expect(() => hostsIn(home).get(name)).toThrow(/is no name of a host/)
  })

  test.each(['relative', '~other/x', '/a b', '/a;id', '/a/../b', '$HOME/x', '-x', '/a\n', '~/$(id)'])(
    'a path that a shell could read is refused: %j',
    (path) => {
      const hosts = hostsIn(temporaryFolder())
      for (const field of ['folder', 'python'] as const)
        expect(() => hosts.add({ name: 'box', ...plain, [field]: path })).toThrow(/cannot be used as a path/)
    },
  )

  test('what somebody wrote into the file is no host unless its name is one', () => {
    const home = temporaryFolder()
    const good = { name: 'box', folder: '~/.veritune', python: null, addedAt: NOW.toISOString() }
    writeFileSync(join(home, 'hosts.json'), JSON.stringify([{ ...good, name: '-oProxyCommand=x' }, good, 7]))
    expect(hostsIn(home).list()).toEqual([good])
    writeFileSync(join(home, 'hosts.json'), 'no JSON')
    expect(hostsIn(home).list()).toEqual([])
    hostsIn(home).add({ name: 'box', ...plain })
    expect(JSON.parse(readFileSync(join(home, 'hosts.json'), 'utf8'))).toHaveLength(1)
  })
})
