/** The real command as a process, over a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { REPOSITORY } from '#test/support/run-builders'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Waits until stdout or stderr contains a text; answers stdout so far. */
  said(text: string): Promise<string>
}

export function startVeritune(home: string, args: readonly string[], input = ''): Started {
  const child = spawn(process.execPath, [join(REPOSITORY, 'scripts/veritune.mjs'), ...args], {
    env: { ...process.env, VERITUNE_HOME: home, NO_COLOR: '1' },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text) => (stdout += String(text)))
  child.stderr.on('data', (text) => (stderr += String(text)))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
  const said = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stdout.includes(text) || stderr.includes(text)) resolve(stdout)
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.once('close', () => reject(new Error(`it ended without saying "${text}": ${stdout}${stderr}`)))
      look()
    })
  return { child, ended, said }
}

export function veritune(home: string, args: readonly string[], input = ''): Promise<Ended> {
  return startVeritune(home, args, input).ended
}

/** Settings of a run that takes a second: the fake engine over a folder of `writeFakeModel`. */
export function smallRun(model: string): string[] {
  const settings = {
    engine: 'fake',
    model,
    promptsPerStep: 2,
    groupSize: 4,
    minibatchSize: 8,
    'evaluation.taskCount': 2,
    'evaluation.every': 2,
    'evaluation.samples': 1,
    'sampling.maxCompletionTokens': 12,
  }
  return ['--preset', 'starter-grpo', ...Object.entries(settings).flatMap(([path, value]) => ['--set', `${path}=${value}`])]
}
