import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { cardsOfRun, tightestCard } from '#trainer/gpu/cards-of-run'
import { gpuMetrics, GpuSampler } from '#trainer/gpu/gpu-sampler'
import { nvidiaGpus, nvidiaSample } from '#trainer/gpu/nvidia-smi'
import { readGpus } from '#trainer/gpu/read-gpus'
import { amdGpus, amdSamples } from '#trainer/gpu/rocm-smi'
import { standIn } from '#test/support/stand-in'
import { temporaryFolder } from '#test/support/temporary-folder'

const FIRST = 'GPU-8e9b8f7c-1c1f-2a3b-4c5d-000000000001'
const SECOND = 'GPU-8e9b8f7c-1c1f-2a3b-4c5d-000000000002'
const MIB = 2 ** 20

/** As `nvidia-smi --format=csv,noheader,nounits` prints them: commas with a space, what is not known in brackets. */
const LIST = `0, ${FIRST}, NVIDIA H200, 570.86.15, 143771, 512\n1, ${SECOND}, NVIDIA GB10, 570.86.15, [N/A], [N/A]\n`

const AMD = `
WARNING: AMD GPU device(s) is/are in a low-power state. Check power control/runtime_status

{"card0": {"Unique ID": "0x1234abcd", "Temperature (Sensor junction) (C)": "41.0", "Current Socket Graphics Package Power (W)": "133.0", "GPU use (%)": "97", "VRAM Total Memory (B)": "206141652992", "VRAM Total Used Memory (B)": "10485760000", "Card Series": "AMD Instinct MI300X", "Card Model": "0x74a1"}, "system": {"Driver version": "6.10.5"}}`

afterEach(() => vi.unstubAllEnvs())

/** nvidia-smi and rocm-smi are these alone; a script that is left out is not there. */
function withTools(scripts: { readonly nvidia?: string; readonly rocm?: string }): void {
  const folder = temporaryFolder()
  const withPath = (script: string): string => `PATH=/usr/bin:/bin\n${script}`
  if (scripts.nvidia !== undefined) standIn(folder, 'nvidia-smi', withPath(scripts.nvidia))
  if (scripts.rocm !== undefined) standIn(folder, 'rocm-smi', withPath(scripts.rocm))
  // The machine may have real ones.
  vi.stubEnv('PATH', folder)
}

describe('the cards of a machine', () => {
  test('of NVIDIA have name, driver and memory; one that shares the machine’s memory has no figure of it', () => {
    expect(nvidiaGpus(LIST)).toEqual([
      {
        index: 0,
        uuid: FIRST,
        name: 'NVIDIA H200',
        maker: 'nvidia',
        driver: '570.86.15',
        totalBytes: 143_771 * MIB,
        freeBytes: 143_259 * MIB,
      },
      { index: 1, uuid: SECOND, name: 'NVIDIA GB10', maker: 'nvidia', driver: '570.86.15', totalBytes: null, freeBytes: null },
    ])
    expect(nvidiaGpus('No devices were found\n')).toEqual([])
    expect(nvidiaGpus("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n")).toEqual([])
  })

  test('of AMD are read from behind warnings, under the keys of old and new releases', () => {
    const card = {
      index: 0,
      uuid: '0x1234abcd',
      name: 'AMD Instinct MI300X',
      maker: 'amd',
      driver: '6.10.5',
      totalBytes: 206_141_652_992,
      freeBytes: 195_655_892_992,
    }
    expect(amdGpus(AMD)).toEqual([card])
    expect(amdSamples(AMD)).toEqual([
      { index: 0, uuid: '0x1234abcd', utilisation: 0.97, usedBytes: 10_485_760_000, watts: 133, celsius: 41 },
    ])
    const old = '{"card1": {"Card series": "Vega 20", "Average Graphics Package Power (W)": "26.0", "GPU use (%)": "N/A"}}'
    expect(amdGpus(old)).toMatchObject([{ index: 1, uuid: 'card1', name: 'Vega 20', totalBytes: null }])
    expect(amdSamples(old)).toMatchObject([{ utilisation: null, watts: 26 }])
    expect(amdGpus('ERROR:root:Driver not initialized (amdgpu not found in modules)')).toEqual([])
  })

  test.skipIf(process.platform === 'win32')('are asked of the tools on PATH, and are none without', async () => {
    withTools({ nvidia: `printf '${LIST.replaceAll('\n', '\\n')}'` })
    expect((await readGpus()).map(({ name }) => name)).toEqual(['NVIDIA H200', 'NVIDIA GB10'])
    withTools({ nvidia: 'echo "NVIDIA-SMI has failed" ; exit 9' })
    expect(await readGpus()).toEqual([])
    withTools({})
    expect(await readGpus()).toEqual([])
  })
})

describe('a line of nvidia-smi', () => {
  test('tells what it tells and leaves out the rest', () => {
    expect(nvidiaSample(`0, ${FIRST}, 97, 40960, 612.34, 61`)).toEqual({
      index: 0,
      uuid: FIRST,
      utilisation: 0.97,
      usedBytes: 40_960 * MIB,
      watts: 612.34,
      celsius: 61,
    })
    expect(nvidiaSample(`0, ${FIRST}, [N/A], 100, [Not Supported], [Unknown Error]`)).toMatchObject({
      utilisation: null,
      watts: null,
      celsius: null,
    })
    expect(nvidiaSample('Unable to determine the device handle for GPU0000:01:00.0: Unknown Error')).toBeNull()
  })
})

describe('metrics of a step', () => {
  const sample = (uuid: string, utilisation: number | null, watts: number | null) => ({
    index: 0,
    uuid,
    utilisation,
    usedBytes: 1e9,
    watts,
    celsius: 50,
  })

  test('are means over time and cards, sums of memory and power, the warmest card', () => {
    const metrics = gpuMetrics([
      sample('a', 0.5, 100),
      sample('b', 1, 300),
      sample('a', 0.7, 200),
      { ...sample('b', 1, 300), celsius: 70 },
    ])
    expect(metrics['system/gpu_utilisation']).toBeCloseTo((0.6 + 1) / 2)
    expect(metrics).toMatchObject({ 'system/gpu_memory': 2e9, 'system/gpu_power': 450, 'system/gpu_temperature': 70 })
  })

  test('are left out where no card told', () => {
    expect(gpuMetrics([sample('a', null, null)])).toEqual({ 'system/gpu_memory': 1e9, 'system/gpu_temperature': 50 })
    expect(gpuMetrics([])).toEqual({})
  })
})

test('a run takes the cards that it names, else the first that its environment shows, one for each process', () => {
  expect(cardsOfRun({ gpu: SECOND, processes: 1 }, { CUDA_VISIBLE_DEVICES: '0' })).toEqual([SECOND])
  expect(cardsOfRun({ gpu: '2,0', processes: 2 }, {})).toEqual(['2', '0'])
  expect(cardsOfRun({ gpu: null, processes: 1 }, { CUDA_VISIBLE_DEVICES: '3,1' })).toEqual(['3'])
  expect(cardsOfRun({ gpu: null, processes: 2 }, { CUDA_VISIBLE_DEVICES: '3, 1, 0' })).toEqual(['3', '1'])
  expect(cardsOfRun({ gpu: null, processes: 2 }, {})).toEqual(['0', '1'])
})

test('the one with the least free memory says whether a run fits; one that nobody tells of says nothing', () => {
  const gpus = nvidiaGpus(`0, ${FIRST}, NVIDIA L4, 570.86, 24000, 500\n1, ${SECOND}, NVIDIA L4, 570.86, 24000, 9000\n`)
  expect(tightestCard(gpus, { gpu: null, processes: 2 }, {})?.uuid).toBe(SECOND)
  expect(tightestCard(gpus, { gpu: null, processes: 1 }, {})?.uuid).toBe(FIRST)
  expect(tightestCard(gpus, { gpu: null, processes: 3 }, {})).toBeNull()
})

describe.skipIf(process.platform === 'win32')('sampling', () => {
  const QUICK = { nvidiaSeconds: 1, amdMs: 50, againMs: 50 }
  function sampler(cards: readonly string[]): GpuSampler {
    const made = new GpuSampler(cards, QUICK)
    onTestFinished(() => made.close())
    return made
  }
  const told = (made: GpuSampler, all: Record<string, number>[]) =>
    vi.waitFor(() => {
      all.push(made.take())
      expect(all.filter((metrics) => Object.keys(metrics).length > 0).length).toBeGreaterThanOrEqual(2)
    }, 10_000)

  test('hears of its own card alone, and forgets what was taken', async () => {
    withTools({
      nvidia: `while :; do echo "0, ${FIRST}, 10, 100, 50.00, 30"; echo "1, ${SECOND}, 90, 200, 700.50, 60"; sleep 0.05; done`,
    })
    const made = sampler([SECOND])
    await vi.waitFor(
      () => expect(made.take()).toMatchObject({ 'system/gpu_utilisation': 0.9, 'system/gpu_power': 700.5 }),
      10_000,
    )
    expect(made.newest()).toMatchObject({ 'system/gpu_utilisation': 0.9, 'system/gpu_power': 700.5 })
    made.close()
    // What is not told any more is not of this moment.
    await vi.waitFor(() => expect(made.newest()).toEqual({}), 10_000)
    made.take()
    expect(made.take()).toEqual({})
  })

  test('goes on after a program that died', async () => {
    withTools({ nvidia: `echo "0, ${FIRST}, 50, 100, 50.00, 30"; exit 15` })
    const made = sampler(['0'])
    await told(made, [])
  })

  test('asks rocm-smi where nvidia-smi is not, or has no card', async () => {
    withTools({ nvidia: 'echo "No devices were found"; exit 6', rocm: `cat <<'END'\n${AMD}\nEND` })
    await told(sampler(['0']), [])
    withTools({ rocm: `cat <<'END'\n${AMD}\nEND` })
    await told(sampler(['0x1234abcd']), [])
  })

  test('tells nothing, and harms nobody, without a tool', async () => {
    withTools({})
    const made = sampler(['0'])
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(made.take()).toEqual({})
  })
})
