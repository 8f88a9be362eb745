import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { EndingSignal } from '#cli/context'
import { SignalQueue } from '#cli/signal-queue'
import { StreamTerminal } from '#cli/terminal'

class Sink extends EventEmitter {
  readonly columns = 100
  readonly isTTY: boolean
  text = ''
  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }
  write(text: string): boolean {
    this.text += text
    return true
  }
}

function aTerminal(isTTY: boolean, env: NodeJS.ProcessEnv = {}): { terminal: StreamTerminal; out: Sink; err: Sink } {
  const [out, err] = [new Sink(isTTY), new Sink(isTTY)]
  const terminal = new StreamTerminal(out as unknown as NodeJS.WriteStream, err as unknown as NodeJS.WriteStream, env)
  return { terminal, out, err }
}

const ERASE = '\r\x1b[2K'

describe('a terminal', () => {
  test('keeps its status line below the lines that are printed', () => {
    const { terminal, out } = aTerminal(true)
    terminal.status('10 %')
    terminal.status('10 %')
    terminal.print('a line')
    terminal.status(null)
    expect(out.text).toBe(`${ERASE}10 %${ERASE}a line\n${ERASE}10 %${ERASE}`)
  })

  test('draws no status line where nobody watches', () => {
    for (const { terminal, out } of [aTerminal(false), aTerminal(true, { TERM: 'dumb' })]) {
      terminal.status('10 %')
      terminal.print('a line')
      expect(out.text).toBe('a line\n')
    }
  })

  test('falls silent and says so when its reader has gone; other errors are faults', () => {
    const { terminal, out } = aTerminal(false)
    let closed = 0
    terminal.onClosed(() => closed++)
    out.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    terminal.print('lost')
    expect([closed, out.text]).toEqual([1, ''])
    expect(() => out.emit('error', Object.assign(new Error('no space'), { code: 'ENOSPC' }))).toThrow('no space')
  })
})

describe('signals', () => {
  test('a Ctrl-C that comes twice at once is one, and stays until it is taken', async () => {
    let send: (signal: EndingSignal) => void = () => {}
    const onSignal = (listener: (signal: EndingSignal) => void): (() => void) => {
      send = listener
      return () => {}
    }
    const queue = new SignalQueue({ onSignal, terminal: aTerminal(false).terminal })
    send('SIGINT')
    send('SIGINT')
    expect(queue.take()).toEqual(['SIGINT'])
    await new Promise((resolve) => setTimeout(resolve, 450))
    send('SIGINT')
    send('SIGHUP')
    expect(queue.take()).toEqual(['SIGINT', 'SIGHUP'])
    expect(queue.take()).toEqual([])
  })
})
