import type { Page } from 'playwright-core'

/** Asks the workbench by the page's own transport. */
export async function askPage(page: Page, method: string, ...args: readonly unknown[]): Promise<unknown> {
  return page.evaluate(`new Promise((resolve, reject) => {
    const socket = new WebSocket('ws://' + location.host + '/api')
    socket.onopen = () => socket.send(${JSON.stringify(JSON.stringify({ id: 1, method, args }))})
    socket.onmessage = ({ data }) => {
      const { id, result, error } = JSON.parse(data)
      if (id !== 1) return
      socket.close()
      error ? reject(new Error(error.message)) : resolve(result)
    }
  })`)
}
