/** Files below `from` (of the checkout, or absolute) that fit a pattern, and where they lie in the package. */
export interface Part {
  readonly from: string
  readonly to: string
  readonly filter: readonly string[]
}

export interface Recipe {
  readonly appId: string
  readonly icon: string
  readonly asar: boolean
  readonly files: readonly (string | Part)[]
  readonly asarUnpack: readonly string[]
  readonly extraResources: readonly Part[]
  readonly electronFuses: Readonly<Record<string, boolean>>
  readonly linux: { readonly executableName: string }
}

export const MAIN_PACKAGES: readonly string[]

export function recipe(of: {
  readonly platform: string
  readonly architecture: string
  readonly node: string
  readonly linuxNode: string | null
  readonly electronFolder: string
  readonly electronVersion: string
}): Recipe
