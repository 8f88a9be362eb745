/** A desktop package as its recipe says, made of files without Electron: `resources` with the unpacked part of the archive beside what lies outside it. */
import { copyFileSync, globSync, linkSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, matchesGlob, resolve } from 'node:path'
import { recipe, type Part, type Recipe } from '../../packaging/recipe.mjs'
import { REPOSITORY } from './run-builders.ts'

/** Where scripts/linux-node.mjs brings it. */
export const LINUX_NODE = '/linux-node/bin/node'

export function recipeFor(platform: string, architecture: string): Recipe {
  const linuxNode = platform === 'linux' && architecture === 'x64' ? null : LINUX_NODE
  return recipe({
    platform,
    architecture,
    node: process.execPath,
    linuxNode,
    electronFolder: '/electron',
    electronVersion: '45.4.1',
  })
}

/** `built`: where each bundle lies that is wanted, by its folder in the checkout; other bundles are left out. */
export function bringResources(
  { extraResources }: Recipe,
  folder: string,
  built: Readonly<Partial<Record<'out/trainer' | 'out/sync', string>>>,
): void {
  for (const part of extraResources) {
    if (!part.from.startsWith('out/')) bring(part, folder)
    const bundle = built[part.from as keyof typeof built]
    if (bundle !== undefined) bring({ ...part, from: bundle }, folder)
  }
}

/** Paths of the files that lie beside the archive. */
export function resourceFiles({ extraResources }: Recipe): string[] {
  return extraResources.flatMap(filesOf).map(([file]) => file)
}

/** Files of the archive, as paths in it -> where they come from. */
export function archiveFiles({ files }: Recipe): ReadonlyMap<string, string> {
  const patterns = files.filter((one) => typeof one === 'string' && !one.startsWith('!')) as string[]
  const own = globSync(patterns, { cwd: REPOSITORY }).filter((file) => statSync(join(REPOSITORY, file)).isFile())
  const parts = files.filter((one) => typeof one !== 'string').flatMap(filesOf)
  return new Map([...own.map((file) => [slashes(file), join(REPOSITORY, file)] as const), ...parts])
}

export function isUnpacked({ asarUnpack }: Recipe, file: string): boolean {
  return asarUnpack.some((pattern) => matchesGlob(file, pattern))
}

export function bringUnpacked(made: Recipe, folder: string): void {
  for (const [file, source] of archiveFiles(made)) if (isUnpacked(made, file)) linkOrCopy(source, join(folder, file))
}

function bring(part: Part, folder: string): void {
  for (const [file, source] of filesOf(part)) linkOrCopy(source, join(folder, file))
}

function filesOf({ from, to, filter }: Part): (readonly [to: string, from: string])[] {
  const source = resolve(REPOSITORY, from)
  if (statSync(source).isFile()) return [[to, source]]
  const found = globSync([...filter], { cwd: source }).filter((file) => statSync(join(source, file)).isFile())
  return found.map((file) => [slashes(join(to, file)), join(source, file)] as const)
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/')
}

/** A second name where the disk allows it, else a copy: either way Node finds the file in its new folder alone. */
function linkOrCopy(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true })
  try {
    linkSync(source, target)
  } catch {
    copyFileSync(source, target)
  }
}
