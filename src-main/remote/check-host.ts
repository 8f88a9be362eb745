/** What a host can do, as the doctor says it of this computer. The tools that are found there give the scores of a run there. */
import type { DoctorCheck } from '#contract/api'
import { Failure } from '#contract/failure'
import type { Gpu } from '#contract/gpu'
import type { HostReport, KnownHost } from '#contract/hosts'
import { GPU_QUESTIONS, gpusIn } from '#trainer/gpu/read-gpus'
import { nodeThere, type CarriedProgram } from './program-files.ts'
import { runOnHost } from './ssh.ts'
import { factsIn, refuseHost, surveyHost, type Survey } from './survey.ts'

const GB = 1e9
/** The trainer with Node and its packages takes 0.3 GB, a run of the starter 0.1 GB. */
const DISK = { bad: 0.5 * GB, warning: 3 * GB }
/** Importing PyTorch from a disk that sleeps takes its time. */
const PATIENCE_MS = 120_000

const PYTHON_LINE =
  'import sys, importlib.util as u; m = [p for p in ("torch", "transformers", "safetensors", "numpy") if u.find_spec(p) is None]; import torch; print(sys.version.split()[0], "torch", torch.__version__, "cuda" if torch.cuda.is_available() else "cpu", "missing=" + ",".join(m))'

/** $1 the Python, $2 what it is asked. Each tool is looked for as a trainer would look for it. */
const STATEMENTS = [
  // A card a line; facts have a line each.
  `echo "nvidia=$(${GPU_QUESTIONS.nvidia.join(' ')} 2>/dev/null | tr "[:cntrl:]" ";")"`,
  `echo "amd=$(${GPU_QUESTIONS.amd.join(' ')} 2>/dev/null | tr "[:cntrl:]" " ")"`,
  'echo "python=$("$1" --version 2>&1 | head -n 1)"',
  'echo "torch=$("$1" -c "$2" 2>/dev/null | tail -n 1)"',
  'echo "iverilog=$(iverilog -V 2>/dev/null | head -n 1)"',
  'echo "bwrap=$(bwrap --version 2>/dev/null | head -n 1)"',
  'echo "verilator=$(verilator_bin --version 2>/dev/null | head -n 1)"',
  'echo "yosys=$(yosys -V 2>/dev/null | head -n 1)"',
]

/** Never rejects for what it finds: a host that cannot be reached is one bad check. */
export async function checkHost(host: KnownHost, carried: Pick<CarriedProgram, 'linuxNode'>): Promise<HostReport> {
  const { checks, gpus } = await lookAt(host, carried).catch((error: unknown) => ({ checks: [unreachable(error)], gpus: [] }))
  return { host, checks, gpus, isReady: checks.every(({ state }) => state !== 'bad') }
}

async function lookAt(host: KnownHost, carried: Pick<CarriedProgram, 'linuxNode'>): Promise<Pick<HostReport, 'checks' | 'gpus'>> {
  const survey = await surveyHost(host)
  const python = host.python ?? 'python3'
  const command = { what: 'be looked at', statements: STATEMENTS, args: [python, PYTHON_LINE] }
  const facts = factsIn(await runOnHost(host.name, command, { patienceMs: PATIENCE_MS }))
  const tool = (key: string): string => facts.get(key) ?? ''
  const gpus = gpusIn({ nvidia: tool('nvidia').replaceAll(';', '\n'), amd: tool('amd') })
  const checks = [
    computerCheck(host.name, survey),
    folderCheck(host.name, survey),
    ...(carried.linuxNode === null ? [ownNodeCheck(host.name, survey)] : []),
    graphicsCheck(gpus),
    pythonCheck(host, python, tool('python'), tool('torch')),
    toolCheck('Icarus Verilog', tool('iverilog'), 'the judge "testbench"', 'iverilog'),
    toolCheck('Bubblewrap', tool('bwrap'), 'the sandbox without which no native simulator is run', 'bubblewrap'),
    toolCheck('Verilator', tool('verilator'), 'lint findings to the quality score', 'verilator'),
    toolCheck('Yosys (native)', tool('yosys'), 'a second opinion beside the Yosys that is copied there', 'yosys'),
    good(
      'Copies',
      survey.hasRsync ? 'by rsync, which goes on where a lost link cut it' : 'as a stream, file by file; there is no rsync',
    ),
  ]
  return { checks, gpus }
}

function computerCheck(host: string, survey: Survey): DoctorCheck {
  const { platform, glibc, cores, memoryBytes } = survey
  const finding = `${platform}${glibc === null ? '' : `, glibc ${glibc}`}, ${cores} cores, ${gigabytes(memoryBytes)} of memory`
  try {
    refuseHost(host, { ...survey, isWritable: true })
    return good('Computer', finding)
  } catch (error) {
    return bad('Computer', finding, error)
  }
}

function folderCheck(host: string, survey: Survey): DoctorCheck {
  const { folder, freeBytes, isWritable } = survey
  const finding = `${folder}, ${gigabytes(freeBytes)} free`
  if (!isWritable) return bad('Folder', finding, new Failure('remote.not-writable', { host, folder, reason: 'no right to' }))
  const remedy = `Free some space there, or name another folder: \`veritune host add ${host} --folder PATH\`.`
  if (freeBytes < DISK.bad) return { name: 'Folder', state: 'bad', finding, remedy }
  return freeBytes < DISK.warning ? warning('Folder', finding, remedy) : good('Folder', finding)
}

/** Where this computer has none that could be copied. */
function ownNodeCheck(host: string, { node }: Survey): DoctorCheck {
  const finding = node ?? 'none'
  try {
    nodeThere(host, { linuxNode: null }, '', node)
    return good('Node', finding)
  } catch (error) {
    return bad('Node', finding, error)
  }
}

function graphicsCheck(gpus: readonly Gpu[]): DoctorCheck {
  const name = 'Graphics card'
  if (gpus.length === 0)
    return warning(
      name,
      'none that nvidia-smi or rocm-smi tells of',
      'The engine torch would train on the processor; the embedded engine does so anyway.',
    )
  return good(name, gpus.map(cardWords).join('; '))
}

/** `NVIDIA H200, 150.8 GB, 150.2 GB free, driver 570.86.15`. */
function cardWords({ name, totalBytes, freeBytes, driver }: Gpu): string {
  return [
    name,
    ...(totalBytes === null ? [] : [gigabytes(totalBytes)]),
    ...(freeBytes === null ? [] : [`${gigabytes(freeBytes)} free`]),
    ...(driver === null ? [] : [`driver ${driver}`]),
  ].join(', ')
}

function pythonCheck({ name: host }: KnownHost, python: string, version: string, torch: string): DoctorCheck {
  const name = 'Python with PyTorch'
  const remedy = `Only the engine torch needs it. Name the Python that has torch, transformers and safetensors, in Settings or by \`veritune host add ${host} --python PATH\`.`
  if (torch === '')
    return warning(name, `${python}: ${version.startsWith('Python') ? `${version} without torch` : 'not found'}`, remedy)
  const [found, missing = ''] = torch.split(' missing=')
  if (missing !== '') return warning(name, `${python}: Python ${found}, without ${missing.replaceAll(',', ', ')}`, remedy)
  return good(name, `${python}: Python ${found}`)
}

function toolCheck(name: string, found: string, adds: string, aptPackage: string): DoctorCheck {
  if (found !== '') return good(name, found)
  const remedy = `It would add ${adds}. To install it there: apt install ${aptPackage}.`
  return warning(name, 'not found; the tools that are copied do without it', remedy)
}

function unreachable(error: unknown): DoctorCheck {
  if (!(error instanceof Failure)) throw error
  return bad('Connection', error.message, error)
}

function good(name: string, finding: string): DoctorCheck {
  return { name, state: 'good', finding, remedy: '' }
}

function warning(name: string, finding: string, remedy: string): DoctorCheck {
  return { name, state: 'warning', finding, remedy }
}

function bad(name: string, finding: string, error: unknown): DoctorCheck {
  if (!(error instanceof Failure)) throw error
  return { name, state: 'bad', finding, remedy: finding === error.message ? error.remedy : error.sentence }
}

function gigabytes(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`
}
