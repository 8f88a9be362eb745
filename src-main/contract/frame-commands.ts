/** What the window's frame can do from anywhere. Navigation, command palette, overlay of shortcuts and the desktop's menu are made from this. */

export interface FrameCommand {
  readonly id: string
  readonly title: string
  /** As a person presses them in the page: keys one after the other, or one with Mod, which is Command on a Mac and Ctrl elsewhere. */
  readonly keys: string
  /** In the desktop's menu, in Electron's words: a browser keeps these for itself. null: the page's keys alone. */
  readonly accelerator: string | null
}

/** Each is a page of its own, named by its id. */
export const SCREENS = [
  { id: 'runs', title: 'Runs', keys: 'G R', accelerator: 'CmdOrCtrl+1' },
  { id: 'compare', title: 'Compare', keys: 'G C', accelerator: 'CmdOrCtrl+2' },
  { id: 'experiments', title: 'Experiments', keys: 'G E', accelerator: 'CmdOrCtrl+3' },
  { id: 'new', title: 'New run', keys: 'G N', accelerator: 'CmdOrCtrl+N' },
  { id: 'reward', title: 'Reward bench', keys: 'G B', accelerator: 'CmdOrCtrl+4' },
  { id: 'datasets', title: 'Datasets', keys: 'G D', accelerator: 'CmdOrCtrl+5' },
  { id: 'models', title: 'Models', keys: 'G M', accelerator: 'CmdOrCtrl+6' },
  { id: 'playground', title: 'Playground', keys: 'G P', accelerator: 'CmdOrCtrl+7' },
  { id: 'settings', title: 'Settings', keys: 'G S', accelerator: 'CmdOrCtrl+,' },
] as const satisfies readonly FrameCommand[]

export const OVERLAYS = [
  { id: 'palette', title: 'Command palette', keys: 'Mod+K', accelerator: 'CmdOrCtrl+K' },
  { id: 'shortcuts', title: 'Keyboard shortcuts', keys: '?', accelerator: null },
] as const satisfies readonly FrameCommand[]

export const FRAME_COMMANDS = [...SCREENS, ...OVERLAYS] as const

export type ScreenId = (typeof SCREENS)[number]['id']
export type FrameCommandId = (typeof FRAME_COMMANDS)[number]['id']

export function isFrameCommandId(id: unknown): id is FrameCommandId {
  return FRAME_COMMANDS.some((command) => command.id === id)
}
