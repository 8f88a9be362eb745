/**
 * The rooms of the house and what each may import: the table of ARCHITECTURE.md as data.
 * A room is the longest matching prefix. Own files are always allowed; what is not listed is forbidden.
 */
export interface Room {
  readonly path: string
  /** Path prefixes (folders end with a slash). */
  readonly rooms: readonly string[]
  /** npm packages. */
  readonly packages: readonly string[]
  /** May it use Node's own modules? Type-only imports are always fine. */
  readonly isNode: boolean
  /** What the rule protects. */
  readonly because: string
}

const room = (path: string, rooms: readonly string[], packages: readonly string[], because: string, isNode = true): Room => ({
  path,
  rooms,
  packages,
  isNode,
  because,
})

const CONTRACT = 'src-main/contract/'
const TRAINER = 'src-main/trainer/'
const FLOW = `${TRAINER}flow.ts`
const MATH = `${TRAINER}math/`
const VERILOG = `${TRAINER}verilog/`
const ENGINE = `${TRAINER}engines/engine.ts`
const STAGES = ['1-tasks/', '2-rollouts/', '3-scores/', '4-advantages/', '5-updates/', '6-metrics/'].map((name) => TRAINER + name)
const STAGE = [FLOW, CONTRACT, MATH]
const APART = 'A stage knows no other stage; only recipes know the order.'

export const ROOMS: readonly Room[] = [
  room(CONTRACT, [], ['zod'], 'The contract is types, schemas and catalogues; it depends on nobody.', false),
  room('src-main/statistics/', [], [], 'Statistics are pure.', false),

  room(`${TRAINER}main.ts`, [`${TRAINER}commands/`, CONTRACT], [], 'The trainer’s entry only picks a command.'),
  room(
    `${TRAINER}commands/`,
    [TRAINER, CONTRACT, 'src-main/statistics/'],
    [],
    'Commands compose the trainer; they know no window and no store.',
  ),
  room(
    `${TRAINER}loop.ts`,
    [
      `${TRAINER}recipes/`,
      `${TRAINER}checkpoint/`,
      `${TRAINER}journal/`,
      `${TRAINER}6-metrics/`,
      `${TRAINER}loop/`,
      ENGINE,
      ...STAGE,
    ],
    [],
    'The loop says when; recipes say what.',
  ),
  room(`${TRAINER}loop/`, [FLOW, CONTRACT, `${TRAINER}journal/`], [], 'What the loop holds on to: control, clock, files.'),
  room(
    `${TRAINER}recipes/`,
    [...STAGES, FLOW, ENGINE, CONTRACT, MATH, 'src-main/statistics/'],
    [],
    'A recipe speaks to engine.ts, never to one engine.',
  ),
  room(FLOW, [CONTRACT], [], 'The cast is types only.'),
  room(VERILOG, [], [], 'The language as text: no tools, no tasks.', false),
  room(`${TRAINER}1-tasks/`, [...STAGE, VERILOG, `${TRAINER}tokenizer/`], [], APART),
  room(
    `${TRAINER}1-tasks/import/`,
    [CONTRACT, MATH, VERILOG, `${TRAINER}1-tasks/lines.ts`],
    ['yauzl', 'csv-parse', 'hyparquet', 'hyparquet-compressors'],
    'Import reads files; it runs nothing and writes nothing.',
  ),
  room(`${TRAINER}2-rollouts/`, [...STAGE, ENGINE, `${TRAINER}tokenizer/`], [], APART),
  room(`${TRAINER}3-scores/`, [...STAGE, VERILOG], ['@yowasp/yosys'], APART),
  room(`${TRAINER}4-advantages/`, STAGE, [], APART),
  room(`${TRAINER}5-updates/`, [...STAGE, ENGINE], [], APART),
  room(`${TRAINER}6-metrics/`, [...STAGE, 'src-main/statistics/'], [], APART),
  room(ENGINE, [FLOW], [], 'The engine interface knows token ids only.'),
  room(`${TRAINER}engines/create-engine.ts`, [`${TRAINER}engines/`, CONTRACT], [], 'The one switch between engines.'),
  room(
    `${TRAINER}engines/fake/`,
    [FLOW, CONTRACT, MATH, ENGINE, `${TRAINER}5-updates/objective.ts`],
    [],
    'The fake engine learns by objective.ts, the judge of all engines.',
  ),
  room(
    `${TRAINER}engines/onnx/`,
    [FLOW, CONTRACT, MATH, ENGINE],
    ['onnxruntime-node', 'protobufjs', 'zod'],
    'An engine knows no stage.',
  ),
  room(
    `${TRAINER}engines/torch/`,
    [
      FLOW,
      CONTRACT,
      ENGINE,
      ...['peft-settings.ts', 'process-end.ts', 'model/config.ts', 'model/weights.ts'].map(
        (file) => `${TRAINER}engines/onnx/${file}`,
      ),
    ],
    ['zod'],
    'The Python engine’s trainer side: a socket and a process; it computes nothing, and counts what memory it takes.',
  ),
  room(
    `${TRAINER}tokenizer/`,
    [CONTRACT],
    ['@huggingface/tokenizers', '@huggingface/jinja', 'zod'],
    'The tokenizer knows text and ids.',
  ),
  room(`${TRAINER}gpu/`, [CONTRACT], [], 'What tools of graphics cards say; no engine, no run.'),
  room(`${TRAINER}checkpoint/`, STAGE.concat(ENGINE), [], 'A checkpoint knows files.'),
  room(`${TRAINER}journal/`, STAGE, [], 'The journal knows files.'),
  room(MATH, [FLOW], [], 'Math knows numbers, and of the flow its types.'),
  room(
    `${TRAINER}self-test/`,
    [...STAGE, VERILOG, `${TRAINER}3-scores/`, 'src-main/statistics/'],
    [],
    'Tries tasks on their own references, and rewards on cheats; knows no file layout.',
  ),
  room(
    `${TRAINER}starter/`,
    [...STAGE, ...STAGES, `${TRAINER}engines/`, `${TRAINER}tokenizer/`, `${TRAINER}recipes/`, 'src-main/statistics/'],
    [],
    'The starter’s maker is a user of the trainer; nothing imports it but its commands.',
  ),

  room('src-main/launch/', [CONTRACT], [], 'Launch starts processes; it knows no store and no window.'),
  room(
    'src-main/remote/',
    [CONTRACT, 'src-main/launch/', `${TRAINER}gpu/`],
    ['zod'],
    'Other computers: ssh, copies and mirrors of run directories, what their tools say of cards; no store and no window.',
  ),
  room('src-main/models/', [CONTRACT], ['zod'], 'Models come from a hub into folders; nothing here opens them.'),
  room(
    'src-main/python/',
    [CONTRACT, 'src-main/launch/is-alive.ts'],
    [],
    'It makes, tries and removes a Python environment; it knows no run and no engine.',
  ),
  room('src-main/store/', [CONTRACT], ['better-sqlite3'], 'The store is the only reader and writer of SQLite.'),
  room(
    'src-main/runs/',
    [CONTRACT, 'src-main/launch/', 'src-main/store/', 'src-main/remote/link-file.ts'],
    [],
    'Runs connect run directories and store; of other computers they know what a run directory says.',
  ),
  room(
    'src-main/experiments/',
    [CONTRACT, 'src-main/statistics/'],
    [],
    'Experiments know plans and numbers; runs and evaluations are asked of whoever has them.',
  ),
  room(
    'src-main/report/',
    [CONTRACT, 'src-main/statistics/'],
    [],
    'Reports are made of what was read for them; whoever has a printer or a log-in hands it in.',
  ),
  room(
    'src-main/imports/',
    [CONTRACT],
    ['zod', 'hyparquet', 'hyparquet-compressors'],
    'Imports read folders of other programs; they write nothing.',
  ),
  room(
    'src-main/sync/',
    [CONTRACT, 'src-main/store/', 'src-main/launch/is-alive.ts'],
    ['zod'],
    'Sync sends what the store holds; it knows no window and no trainer.',
  ),
  room(
    'src-main/sync/send.ts',
    [CONTRACT, 'src-main/sync/', 'src-main/store/', 'src-main/runs/'],
    [],
    'Where runs and store are handed to what sends.',
  ),
  room('src-main/sync/main.ts', [CONTRACT, 'src-main/sync/', 'src-main/launch/'], [], 'A composition root.'),
  room(
    'src-main/sync/login/',
    [CONTRACT, 'src-main/sync/request.ts', 'src-main/sync/wandb-api.ts'],
    ['@wandb/sdk'],
    'The official client finds a key, in a process that ends at once, and is nowhere else.',
  ),
  room(
    'src-main/sync/offline/',
    [CONTRACT, 'src-main/sync/'],
    ['protobufjs'],
    'An offline run is a file for W&B’s own tool; it knows lines and no network.',
  ),
  room(
    'src-main/datasets/',
    [CONTRACT, 'src-main/launch/'],
    [],
    'Data sets are known by what a service read; only what was found is kept here.',
  ),
  room(
    'src-main/doctor/',
    [CONTRACT, 'src-main/launch/', 'src-main/python/'],
    ['better-sqlite3'],
    'The doctor looks and advises.',
  ),
  room(
    'src-main/workbench/',
    [
      'contract/',
      'statistics/',
      'launch/',
      'remote/',
      'models/',
      'python/',
      'store/',
      'runs/',
      'experiments/',
      'report/',
      'datasets/',
      'doctor/',
      'sync/',
      'imports/',
    ].map((name) => `src-main/${name}`),
    ['zod'],
    'One API over the rooms below.',
  ),
  room('src-main/page/', [], [], 'The built page as files with their headers; shell and host serve it.'),
  room(
    'src-main/shell/',
    [CONTRACT, 'src-main/workbench/', 'src-main/page/'],
    ['electron', 'zod'],
    'Electron lives here; data lives in the workbench.',
  ),
  room(
    'src-main/host/',
    [CONTRACT, 'src-main/workbench/', 'src-main/page/'],
    ['ws', 'zod'],
    'The browser host serves the same API.',
  ),
  room('src-main/cli/', [CONTRACT, 'src-main/workbench/'], [], 'The terminal uses the same API.'),
  room('src-main/preload/', [CONTRACT], ['electron'], 'The preload has no logic.'),
  room('src-main/main.ts', ['src-main/shell/', 'src-main/workbench/', CONTRACT], ['electron'], 'A composition root.'),
  room('src-main/host.ts', ['src-main/cli.ts', 'src-main/host/', 'src-main/workbench/', CONTRACT], [], 'A composition root.'),
  room(
    'src-main/cli.ts',
    ['src-main/cli/', 'src-main/doctor/', 'src-main/workbench/', 'src-main/host/', CONTRACT],
    [],
    'A composition root.',
  ),

  room('src-renderer/workbench.ts', [CONTRACT, 'src-renderer/calls/'], [], 'The only file that touches the bridge.', false),
  room('src-renderer/calls/', [], [], 'Calls know no line.', false),
  room(
    'src-renderer/state/',
    [CONTRACT, 'src-renderer/workbench.ts', 'src-renderer/format/'],
    ['svelte'],
    'State knows the bridge, pages know state.',
    false,
  ),
  room(
    'src-renderer/pages/',
    [
      CONTRACT,
      'src-main/statistics/',
      'src-renderer/state/',
      'src-renderer/charts/',
      'src-renderer/components/',
      'src-renderer/format/',
    ],
    ['svelte'],
    'A page knows no other page.',
    false,
  ),
  room(
    'src-renderer/charts/',
    [CONTRACT, 'src-main/statistics/', 'src-renderer/format/'],
    ['svelte', 'chart.js'],
    'Charts draw columns; they know no state.',
    false,
  ),
  room(
    'src-renderer/components/',
    ['src-renderer/format/'],
    ['svelte', 'shiki', '@shikijs/langs'],
    'Components know no app word.',
    false,
  ),
  room('src-renderer/format/', [], [], 'Formatting is pure.', false),
  room('src-renderer/styles/', [], [], 'Tokens only.', false),
  room('src-renderer/', ['src-renderer/', CONTRACT], ['svelte'], 'The frame composes pages and state.', false),
]
