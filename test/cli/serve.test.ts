import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { opener } from '#cli/open-browser'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { startVeritune, veritune } from './veritune-process.ts'

const isBuilt = existsSync(join(REPOSITORY, 'out/renderer/index.html'))

describe('veritune serve', () => {
  test.skipIf(!isBuilt)('gives an address that answers, until Ctrl-C (needs npm run build)', async () => {
    const started = startVeritune(temporaryFolder(), ['serve', '--no-open'])
    await started.said('VeriTune is at ')
    started.child.kill('SIGINT')
    const { code, stdout } = await started.ended
    expect(code).toBe(0)
    expect(stdout).toMatch(/^VeriTune is at http:\/\/127\.0\.0\.1:\d+\/\?token=\S+\n$/)
  })

  test.skipIf(!isBuilt)('names a port that is in use (needs npm run build)', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    const { code, stderr } = await veritune(temporaryFolder(), ['serve', '--no-open', '--port', String(port)])
    expect(code).toBe(3)
    expect(stderr).toBe(`Port ${port} is in use. Choose another with --port, or leave it out for a free one.\n`)
  })

  test('hands an address to the program of the platform, never to a shell', () => {
    const url = 'http://127.0.0.1:1/?token=a&b'
    expect(opener('linux', url)).toEqual(['xdg-open', [url]])
    expect(opener('darwin', url)).toEqual(['open', [url]])
    expect(opener('win32', url)).toEqual(['explorer.exe', [url]])
  })
})
