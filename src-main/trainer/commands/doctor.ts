/** `doctor`: what of the trainer works on this machine, as one JSON line of DoctorCheck[]. Loads what a run would load. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DoctorCheck } from '#contract/api'
import { Failure } from '#contract/failure'
import type { Gpu } from '#contract/gpu'
import { readDataset } from '../1-tasks/read-tasks.ts'
import { createScorer } from '../3-scores/scorer.ts'
import { assertPlatform } from '../engines/create-engine.ts'
import type { DeviceFinding } from '../engines/onnx/webgpu/probe.ts'
import { readGpus } from '../gpu/read-gpus.ts'
import { datasetFile, modelFolder } from './paths.ts'

/** Against one thread; a processor has some of them. */
const WORTHWHILE_SPEEDUP = 8

export async function doctor(): Promise<number> {
  const checks = [
    await check('Embedded engine (ONNX Runtime)', runtimeFinding),
    await graphicsCheck(),
    { name: 'Graphics cards (PyTorch)', ...cardsFinding(await readGpus()) },
    await check('Starter tasks', tasksFinding),
    await check('Starter model', modelFinding),
    await check('Scoring without tools (Yosys)', scoringFinding),
    ...OPTIONAL_TOOLS.map(toolCheck),
  ]
  process.stdout.write(`${JSON.stringify(checks)}\n`)
  return 0
}

async function check(name: string, find: () => string | Promise<string>): Promise<DoctorCheck> {
  try {
    return { name, state: 'good', finding: await find(), remedy: '' }
  } catch (error) {
    const isKnown = error instanceof Failure
    const finding = error instanceof Error ? error.message : String(error)
    return { name, state: 'bad', finding, remedy: isKnown ? error.remedy : 'Run `npm ci` again in the folder of VeriTune.' }
  }
}

async function runtimeFinding(): Promise<string> {
  assertPlatform()
  const { runtimeVersion } = await import('../engines/onnx/runtime-version.ts')
  return `ONNX Runtime ${runtimeVersion()} on ${process.platform}-${process.arch}, Node ${process.version}`
}

/** Runs the self-test on the graphics device, in a process of its own. */
async function graphicsCheck(): Promise<DoctorCheck> {
  const { webgpuFinding } = await import('../engines/onnx/webgpu/probe.ts')
  return { name: 'Graphics device (WebGPU)', ...graphicsFinding(await webgpuFinding()) }
}

/** Nothing needs a graphics device, so that none is no more than a warning. */
export function graphicsFinding(device: DeviceFinding): Omit<DoctorCheck, 'name'> {
  if (device.state === 'absent') {
    const remedy = 'With a graphics card and its driver (Vulkan, Direct3D 12 or Metal), the engine could train on it.'
    return { state: 'warning', finding: `none; the engine runs on the CPU (${device.reason})`, remedy }
  }
  if (device.state === 'refused') {
    return { state: 'warning', finding: `refused: ${device.reason}`, remedy: 'Leave device at cpu. A newer driver may help.' }
  }
  const { caseCount, worstError, speedup } = device
  const finding = `computes ${caseCount} graphs as the CPU does (largest error ${worstError.toExponential(1)}); matrix products at ${Number(speedup.toPrecision(2))} times the speed of one CPU thread`
  return speedup < WORTHWHILE_SPEEDUP
    ? { state: 'warning', finding, remedy: 'Leave device at cpu: it is the faster one here.' }
    : { state: 'good', finding: `${finding}; \`--set device=webgpu\` trains on it`, remedy: '' }
}

/** Those that the PyTorch engine could train on. */
export function cardsFinding(gpus: readonly Gpu[]): Omit<DoctorCheck, 'name'> {
  if (gpus.length > 0) return { state: 'good', finding: gpus.map(cardWords).join('; '), remedy: '' }
  const remedy = 'With a card of NVIDIA or AMD and its driver, PyTorch could train on it.'
  return { state: 'warning', finding: 'neither nvidia-smi nor rocm-smi tells of one', remedy }
}

function cardWords({ name, totalBytes, freeBytes, driver }: Gpu): string {
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
  const memory = totalBytes === null ? '' : `, ${gigabytes(freeBytes ?? totalBytes)} free of ${gigabytes(totalBytes)}`
  return `${name}${memory}${driver === null ? '' : `, driver ${driver}`}`
}

async function tasksFinding(): Promise<string> {
  const { counts } = await readDataset(datasetFile('starter'))
  return `${counts.train} training, ${counts.validation} validation and ${counts.test} test tasks`
}

function modelFinding(): string {
  const folder = modelFolder('starter')
  for (const file of ['config.json', 'tokenizer.json', 'model.safetensors']) {
    if (!existsSync(join(folder, file))) throw new Failure('model.missing-file', { folder, file })
  }
  return 'config, tokenizer and weights are there'
}

/** Scores the reference of one task, which must pass, and an empty answer, which must not. */
async function scoringFinding(): Promise<string> {
  const { tasks } = await readDataset(datasetFile('starter'))
  const task = tasks.validation[0]
  if (task === undefined) throw new Failure('dataset.empty-split', { split: 'validation' })
  const scorer = createScorer({ workers: 1, timeoutMs: 30_000 })
  try {
    const good = await scorer.score(`\`\`\`verilog\n${task.reference}\n\`\`\``, task, 1)
    const empty = await scorer.score('', task, 1)
    const passes = (report: typeof good): boolean =>
      'outcome' in report.scores.functional && report.scores.functional.outcome === 'passed'
    if (!passes(good) || passes(empty)) throw new Error('a known good answer and an empty one are not told apart')
    return Object.entries(scorer.tools)
      .map(([tool, version]) => `${tool} ${version}`)
      .join(', ')
  } finally {
    await scorer.close()
  }
}

/** Nothing needs these; each says what it would add, and how it is installed on this platform. */
const OPTIONAL_TOOLS = [
  {
    name: 'Icarus Verilog',
    command: 'iverilog',
    argument: '-V',
    adds: 'the judge "testbench": event-driven simulation, and testbenches that come with a data set',
    install: { linux: 'apt install iverilog', darwin: 'brew install icarus-verilog', win32: 'the Icarus installer, or WSL' },
  },
  {
    name: 'Bubblewrap',
    command: 'bwrap',
    argument: '--version',
    adds: 'the sandbox without which no native simulator is run',
    install: { linux: 'apt install bubblewrap', darwin: null, win32: 'WSL' },
  },
  {
    name: 'Verilator',
    command: 'verilator_bin',
    argument: '--version',
    adds: 'lint findings to the quality score',
    install: { linux: 'apt install verilator', darwin: 'brew install verilator', win32: 'WSL' },
  },
  {
    name: 'Yosys (native)',
    command: 'yosys',
    argument: '-V',
    adds: 'a second opinion beside the Yosys that comes with VeriTune',
    install: { linux: 'apt install yosys', darwin: 'brew install yosys', win32: 'the OSS CAD Suite' },
  },
  {
    name: 'Python',
    command: 'python3',
    argument: '--version',
    adds: 'training of larger models with PyTorch',
    install: { linux: 'apt install python3', darwin: 'brew install python', win32: 'winget install Python.Python.3.12' },
  },
] as const

function toolCheck({ name, command, argument, adds, install }: (typeof OPTIONAL_TOOLS)[number]): DoctorCheck {
  const { status, stdout, error } = spawnSync(command, [argument], { encoding: 'utf8', timeout: 5_000 })
  const isThere = error === undefined && status === 0
  if (isThere) return { name, state: 'good', finding: stdout.split('\n')[0]!.trim(), remedy: '' }
  const platform = process.platform as keyof typeof install
  const how = install[platform] === undefined || install[platform] === null ? '' : ` To install it: ${install[platform]}.`
  return { name, state: 'warning', finding: 'not found; the embedded tools do without it', remedy: `It would add ${adds}.${how}` }
}
