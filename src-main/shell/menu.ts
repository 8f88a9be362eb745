/** The menu bar: what each platform expects, and the commands that the page has too, under the same names. */
import { Menu, type MenuItemConstructorOptions } from 'electron'
import { FRAME_COMMANDS, SCREENS, type FrameCommandId } from '#contract/frame-commands'

/** `call` hands a command to the page. */
export function setMenu(platform: NodeJS.Platform, call: (command: FrameCommandId) => void): void {
  const isMac = platform === 'darwin'
  const item = (id: FrameCommandId): MenuItemConstructorOptions => {
    const { title, accelerator } = FRAME_COMMANDS.find((command) => command.id === id)!
    return { label: title, click: () => call(id), ...(accelerator !== null && { accelerator }) }
  }
  const template: MenuItemConstructorOptions[] = [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    { label: 'File', submenu: [item('new'), { type: 'separator' }, { role: isMac ? 'close' : 'quit' }] },
    { role: 'editMenu' },
    {
      label: 'Go',
      submenu: [
        ...SCREENS.map(({ id }) => id)
          .filter((id) => id !== 'new')
          .map(item),
        { type: 'separator' },
        item('palette'),
      ],
    },
    {
      label: 'View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' },
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: [item('shortcuts'), ...(isMac ? [] : [{ role: 'about' } as const])] },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}
