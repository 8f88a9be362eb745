import { globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { ROOMS, type Room } from './rooms.ts'

interface Import {
  readonly file: string
  readonly specifier: string
  readonly isTypeOnly: boolean
}

const files = globSync(['src-main/**/*.ts', 'src-renderer/**/*.{ts,svelte}']).map((file) => normalize(file).replaceAll('\\', '/'))
const imports = files.flatMap(importsOf)

describe('architecture', () => {
  test('every source file belongs to a room', () => {
    expect(files.filter((file) => roomOf(file) === undefined)).toEqual([])
  })

  test('a room imports only what its line in the table allows', () => {
    expect(imports.map(brokenRule).filter((sentence) => sentence !== null)).toEqual([])
  })

  test('pages do not import each other', () => {
    const pageOf = (file: string): string | undefined => /^src-renderer\/pages\/([^/]+)\//.exec(file)?.[1]
    const crossings = imports.filter(({ file, specifier }) => {
      const target = resolveLocal(file, specifier)
      return target !== null && pageOf(file) !== undefined && pageOf(target) !== undefined && pageOf(file) !== pageOf(target)
    })
    expect(crossings).toEqual([])
  })

  test('the page carries no schema: zod tries to make functions of text, which the page’s policy forbids', () => {
    const reached = new Set(files.filter((file) => file.startsWith('src-renderer/')))
    const values = imports.filter(({ isTypeOnly }) => !isTypeOnly)
    for (const from of reached) {
      for (const { specifier } of values.filter(({ file }) => file === from)) {
        const target = resolveLocal(from, specifier)
        const found = [target, `${target}.ts`].find((path) => path !== null && files.includes(path))
        if (found !== undefined && found !== null) reached.add(found)
      }
    }
    expect(values.filter(({ file, specifier }) => reached.has(file) && specifier === 'zod').map(({ file }) => file)).toEqual([])
    expect(reached.has('src-main/contract/metrics.ts')).toBe(true)
  })

  test('every import alias of package.json leads to a folder that exists', () => {
    for (const target of Object.values(packageJson.imports)) expect(statSync(dirname(target)).isDirectory(), target).toBe(true)
  })

  test('no file is named utils, helpers, misc or manager', () => {
    expect(files.filter((file) => /(^|[/-])(utils?|helpers?|misc|managers?)([./-])/i.test(file))).toEqual([])
  })
})

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8')
  const code = file.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]).join('\n')
    : text
  const source = ts.createSourceFile(`${file}.ts`, code, ts.ScriptTarget.Latest)
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      const isTypeOnly = ts.isImportDeclaration(node) ? (node.importClause?.isTypeOnly ?? false) : node.isTypeOnly
      found.push({ file, specifier: (node.moduleSpecifier as ts.StringLiteral).text, isTypeOnly })
    }
    if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      ts.isStringLiteral(node.arguments[0]!)
    ) {
      found.push({ file, specifier: node.arguments[0].text, isTypeOnly: false })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function roomOf(file: string): Room | undefined {
  return ROOMS.filter((room) => file.startsWith(room.path)).toSorted((a, b) => b.path.length - a.path.length)[0]
}

/** Repository path of a local import, null for a package. */
function resolveLocal(file: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier)).replaceAll('\\', '/')
  const alias = Object.entries(packageJson.imports).find(([pattern]) => specifier.startsWith(pattern.replace('*', '')))
  if (alias === undefined) return null
  return normalize(alias[1].replace('*', specifier.slice(alias[0].length - 1))).replaceAll('\\', '/')
}

/** The sentence of the rule that an import breaks, or null. */
function brokenRule({ file, specifier, isTypeOnly }: Import): string | null {
  const room = roomOf(file)
  if (room === undefined) return null
  const says = (what: string): string => `${file} imports ${what}: ${room.because}`
  if (specifier.startsWith('node:')) return room.isNode || isTypeOnly ? null : says(specifier)
  const target = resolveLocal(file, specifier)
  if (target !== null) {
    const isOwn = target.startsWith(room.path) || roomOf(target) === room
    return isOwn || room.rooms.some((allowed) => target.startsWith(allowed)) ? null : says(target)
  }
  if (specifier.startsWith('#')) return says(`${specifier}, which no alias resolves`)
  return room.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`)) ? null : says(specifier)
}
