import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/temporary-folder'
import { pageHeaders, readPageFile } from '../../src-main/page/page-files.ts'

/** A page folder beside a file and a folder that it must not show. */
function pageFolder(): string {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'page/assets'), { recursive: true })
  writeFileSync(join(folder, 'page/index.html'), 'inside index')
  writeFileSync(join(folder, 'page/assets/a b.js'), 'inside script')
  writeFileSync(join(folder, 'secret'), 'outside')
  mkdirSync(join(folder, 'page-of-another'))
  writeFileSync(join(folder, 'page-of-another/secret'), 'outside')
  return join(folder, 'page')
}

const textOf = async (folder: string, path: string): Promise<string | null> =>
  (await readPageFile(folder, path))?.body.toString() ?? null

describe('a page file', () => {
  test('is the file that the path names, the index for the root', async () => {
    const folder = pageFolder()
    expect(await textOf(folder, '/')).toBe('inside index')
    expect(await textOf(folder, '/index.html')).toBe('inside index')
    expect(await textOf(folder, '/assets/a%20b.js')).toBe('inside script')
  })

  test('is nothing for a folder, for what is not there, and for what is no path', async () => {
    const folder = pageFolder()
    for (const path of ['/assets', '/assets/', '/missing.js', '/%', '/%ff', '/index.html%00.js']) {
      expect([path, await textOf(folder, path)]).toEqual([path, null])
    }
  })

  test('is never outside the folder, however the way out is spelt', async () => {
    const folder = pageFolder()
    const ways = [
      '/../secret',
      '../secret',
      '/%2e%2e/secret',
      '/..%2fsecret',
      '/%2e%2e%2fsecret',
      '/assets/../../secret',
      '/..\\secret',
      '/..%5csecret',
      '/../page-of-another/secret',
      `/${folder}/../secret`,
      join(folder, '../secret'),
      'C:/secret',
      '/C:%5csecret',
      '/....//secret',
    ]
    for (const way of ways) expect([way, await textOf(folder, way)]).toEqual([way, null])
  })

  test('is never outside the folder for any mixture of steps, separators and escapes', async () => {
    const folder = pageFolder()
    const pieces = [
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%2E%2e',
      '%2f',
      '%5C',
      '%252e',
      'assets',
      'secret',
      'page-of-another',
      'C:',
      ' ',
      '%00',
    ]
    const path = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => `/${parts.join('')}`)
    await fc.assert(
      fc.asyncProperty(path, async (way) => {
        const text = await textOf(folder, way)
        return text === null || text.startsWith('inside')
      }),
      { numRuns: 500 },
    )
  })
})

describe('the headers', () => {
  test('say what the file is and forbid guessing', async () => {
    const file = await readPageFile(pageFolder(), '/assets/a b.js')
    expect(file!.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'x-content-type-options': 'nosniff' })
  })

  test('let in nothing inline, nothing from elsewhere, no frame, and connections only where they are named', () => {
    const policy = pageHeaders(['ws://127.0.0.1:1'])['content-security-policy']!
    const rules = Object.fromEntries(policy.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1).join(' ')]))
    expect(rules).toEqual({
      'default-src': "'self'",
      'connect-src': "'self' ws://127.0.0.1:1",
      'img-src': "'self' data:",
      'object-src': "'none'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    })
  })
})
