/** `app://veritune/…`: the built page under a scheme of its own, with the headers that a server would send. */
import { protocol } from 'electron'
import { pageHeaders, readPageFile } from '../page/page-files.ts'

export const PAGE_ORIGIN = 'app://veritune'

/** Must be called before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }])
}

/** Answers requests to the scheme with files of the built page. */
export function servePageFolder(pageFolder: string): void {
  protocol.handle('app', async (request) => {
    const { host, pathname } = new URL(request.url)
    const file = host === 'veritune' ? await readPageFile(pageFolder, pathname) : null
    if (file === null) return new Response('There is no such page.\n', { status: 404, headers: pageHeaders() })
    return new Response(file.body, { headers: file.headers })
  })
}

/** Does an address belong to the page? */
export function isPageUrl(url: string, developmentUrl: string | null): boolean {
  if (!URL.canParse(url)) return false
  const { protocol: scheme, host, origin } = new URL(url)
  if (scheme === 'app:') return host === 'veritune'
  return developmentUrl !== null && origin === new URL(developmentUrl).origin
}
