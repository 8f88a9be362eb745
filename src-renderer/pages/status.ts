/** The state of a run or of an experiment as a sign and a word. */
export interface StatusLook {
  readonly sign: string
  readonly word: string
  readonly tone: 'live' | 'good' | 'bad' | 'soft'
}

export const STATUS_LOOKS: Readonly<Record<string, StatusLook>> = {
  queued: { sign: '○', word: 'queued', tone: 'soft' },
  starting: { sign: '◌', word: 'starting', tone: 'live' },
  running: { sign: '●', word: 'running', tone: 'live' },
  paused: { sign: '‖', word: 'paused', tone: 'live' },
  stopping: { sign: '●', word: 'stopping', tone: 'live' },
  finished: { sign: '✔', word: 'finished', tone: 'good' },
  stopped: { sign: '■', word: 'stopped', tone: 'soft' },
  failed: { sign: '✘', word: 'failed', tone: 'bad' },
  'out-of-memory': { sign: '✘', word: 'out of memory', tone: 'bad' },
  crashed: { sign: '✘', word: 'crashed', tone: 'bad' },
  waiting: { sign: '○', word: 'waits for another arm', tone: 'soft' },
  training: { sign: '●', word: 'training', tone: 'live' },
  testing: { sign: '●', word: 'reading the test tasks', tone: 'live' },
  interrupted: { sign: '▲', word: 'interrupted', tone: 'bad' },
  left: { sign: '‖', word: 'not under way', tone: 'soft' },
}
