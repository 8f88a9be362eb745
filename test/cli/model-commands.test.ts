/** Models by command line: look at one, fetch one, and name one by any path that a person would paste. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { absolute, parseSetting } from '#cli/run-request'
import { configOf, readPresets } from '#workbench/presets'
import { expandHome } from '#workbench/locations'
import { startHub } from '#test/support/hub-server'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { veritune } from './veritune-process.ts'

describe('veritune model inspect', () => {
  test('tells of the starter what it is and that it can be trained', async () => {
    const { code, stdout } = await veritune(temporaryFolder(), ['model', 'inspect', 'starter'])
    expect(stdout).toContain('LlamaForCausalLM')
    expect(stdout).toContain('The embedded engine can train it.')
    expect(stdout).toMatch(/activations of a microbatch +\d/)
    expect(code).toBe(0)
  })

  test('of a model that no computer has the memory for says so; the run itself is refused before anything is loaded', async () => {
    const home = temporaryFolder()
    const folder = join(home, 'giant')
    cpSync(join(REPOSITORY, 'resources/starter/model'), folder, { recursive: true })
    // 380 billion parameters, of which the file holds none.
    const shape = {
      hidden_size: 16_384,
      intermediate_size: 53_248,
      num_hidden_layers: 126,
      num_attention_heads: 128,
      head_dim: 128,
    }
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as object
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, ...shape, num_key_value_heads: 8 }))
    const inspected = await veritune(home, ['model', 'inspect', folder])
    expect(inspected.stdout).toContain('That is not enough. Choose a smaller model')
    expect(inspected.code).toBe(2)
    const run = await veritune(home, ['train', '--preset', 'starter-grpo', '--set', `model=${folder}`])
    expect(run.stderr + run.stdout).toMatch(
      /The run needs about \d{4}\.\d GB of memory, .*Most of it is the .*weights.* Choose a smaller model/s,
    )
    expect(run.code).not.toBe(0)
  })

  test('of a folder that is not there names it', async () => {
    const { code, stderr } = await veritune(temporaryFolder(), ['model', 'inspect', '/nowhere/at/all'])
    expect(stderr).toContain('/nowhere/at/all has no config.json')
    expect(code).toBe(2)
  })
})

describe('veritune model download', () => {
  test('brings a model into the data folder and says where it is', async () => {
    const files = { 'config.json': Buffer.from('{}'), 'model.safetensors': Buffer.alloc(5000, 1), 'old.bin': Buffer.from('x') }
    const { endpoint } = await startHub(files)
    vi.stubEnv('HF_ENDPOINT', endpoint)
    const home = temporaryFolder()
    const { code, stdout, stderr } = await veritune(home, ['model', 'download', 'acme/tiny'])
    vi.unstubAllEnvs()
    const folder = join(home, 'models/acme--tiny')
    expect(stderr).toBe('')
    expect(stdout).toContain('licence mit: 2 files, 5.0 kB.')
    expect(stdout).toContain('Not fetched, for opening such files can run code: old.bin.')
    expect(stdout).toContain(`The model is in ${folder}`)
    expect(readFileSync(join(folder, 'model.safetensors'))).toHaveLength(5000)
    expect(existsSync(join(folder, 'source.json'))).toBe(true)
    expect(code).toBe(0)
  })

  test('refuses what is no name', async () => {
    const { code, stderr } = await veritune(temporaryFolder(), ['model', 'download', '../etc'])
    expect(stderr).toContain('is named owner/name, not "../etc"')
    expect(code).toBe(2)
  })
})

describe('a pasted path of a model', () => {
  test('relative ones start in the folder of the command line, ~ is the home folder, starter stays a name', () => {
    expect(parseSetting('model=./models/mine', '/work')).toEqual(['model', resolve('/work/models/mine')])
    expect(parseSetting('dataset.id=models/mine', '/work')).toEqual(['dataset.id', resolve('/work/models/mine')])
    expect(parseSetting('model=src-main/cli', REPOSITORY)).toEqual(['model', resolve('src-main/cli')])
    // Named as a hub does.
    expect(parseSetting('model=models/mine', '/work')).toEqual(['model', 'models/mine'])
    expect(parseSetting('model=~/mine', '/work')).toEqual(['model', join(homedir(), 'mine')])
    expect(absolute('starter', '/work')).toBe('starter')
    expect(expandHome('~', '/home/me')).toBe('/home/me')
    expect(expandHome('~other/mine', '/home/me')).toBe('~other/mine')
    expect(expandHome('a/~/b', '/home/me')).toBe('a/~/b')
  })

  test('the stored config holds an absolute path, whoever asks', () => {
    const resources = join(REPOSITORY, 'resources')
    const request = { preset: 'starter-grpo', overrides: { model: './resources/starter/../starter/model' } }
    const places = { resourcesPath: resources, home: resources }
    expect(configOf(request, readPresets(resources), places).model).toBe(resolve('resources/starter/model'))
  })
})
