/**
 * The compiler behind `iverilog`, called without its driver. The driver starts a shell, a preprocessor and the compiler, which takes twice the time of
 * the compiler alone; where a source has nothing to preprocess, that is most of what a small design costs. The driver itself says how to call it.
 */
import { SIMULATION_LIMITS, type Runner, type Step } from '../tools/sandbox.ts'

export interface IcarusCore {
  /** Folder of the compiler. */
  readonly folder: string
  /** Lines of its configuration, without top and output. */
  readonly settings: readonly string[]
}

const CONFIG = 'zz_config'
/** Modules of system functions that no synthesisable design calls; each costs the simulator a library to load. */
const UNUSED_MODULES = /^module:.*\/(vhdl_sys|vhdl_textio|va_math)\.vpi$/
const PROBE = 'module zz_probe; initial $display("core works"); endmodule\n'

/** null where the driver does not say how, or the compiler does not work so: then the driver is used. */
export async function findCore(runner: Runner): Promise<IcarusCore | null> {
  const asked = await runner.run({
    files: { 'zz_probe.v': PROBE },
    steps: [{ words: ['env', `IVERILOG_ICONFIG=${CONFIG}`, 'iverilog', '-g2012', '-o', 'zz_probe.vvp', 'zz_probe.v'] }],
    limits: SIMULATION_LIMITS,
    collect: [CONFIG],
  })
  const lines = (asked.files[CONFIG] ?? '').split('\n').filter((line) => line !== '')
  const folder = lines.find((line) => line.startsWith('basedir:'))?.slice('basedir:'.length)
  if (folder === undefined) return null
  const settings = lines.filter((line) => !/^(root|out|ivlpp):/.test(line) && !UNUSED_MODULES.test(line))
  const core = { folder, settings }
  const { files, step } = coreCompile(core, [['zz_probe.v', PROBE]], {
    top: 'zz_probe',
    output: 'zz_probe.vvp',
    prefix: 'zz_probe',
  })
  const tried = await runner.run({ files, steps: [step, { words: ['vvp', '-n', 'zz_probe.vvp'] }], limits: SIMULATION_LIMITS })
  return tried.stdout === 'core works\n' ? core : null
}

/** Whether the compiler can read it as it is: with no directive but the two that the compiler knows itself. */
export function needsNoPreprocessor(code: string): boolean {
  return !/`(?!(timescale|default_nettype)\b)/.test(code)
}

/** Files and step that compile the sources into one program; messages name the sources. Names of its own files begin with `prefix`. */
export function coreCompile(
  { folder, settings }: IcarusCore,
  sources: readonly (readonly [name: string, text: string])[],
  { top, output, prefix }: { readonly top: string; readonly output: string; readonly prefix: string },
): { files: Record<string, string>; step: Step } {
  const [config, source] = [`${prefix}_config`, `${prefix}_merged.v`]
  return {
    files: {
      [config]: [...settings, `root:${top}`, `out:${output}`, ''].join('\n'),
      [source]: sources.map(([name, text]) => `\`line 1 "${name}" 0\n${text}\n`).join(''),
    },
    step: { words: [`${folder}/ivl`, '-C', config, '-C', `${folder}/vvp.conf`, '--', source] },
  }
}
