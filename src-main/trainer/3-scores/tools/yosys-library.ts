/**
 * The library of cells that comes with the embedded Yosys. The package holds it as 3 MB of text and encodes all of it before every run; handed over as
 * bytes it is taken as it is. A run that writes to a file of the library gets bytes of its own, so that no run sees what another one wrote.
 */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

interface Tree {
  [name: string]: string | Uint8Array | URL | Tree
}

/** Nothing changes where the package is built in another way than the version that we pin. */
export async function encodeYosysLibrary(): Promise<void> {
  try {
    const entry = pathToFileURL(createRequire(import.meta.url).resolve('@yowasp/yosys'))
    const { filesystem } = (await import(new URL('resources-yosys.js', entry).href)) as { readonly filesystem: Tree }
    encode(filesystem)
  } catch {
    // It is only slower so.
  }
}

const encoder = new TextEncoder()

function encode(tree: Tree): void {
  for (const [name, content] of Object.entries(tree)) {
    if (typeof content === 'string') tree[name] = encoder.encode(content)
    else if (!(content instanceof Uint8Array || content instanceof URL)) encode(content)
  }
}
