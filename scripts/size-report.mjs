// The ten longest files and functions of our own sources. Files over 500 lines and functions over 120 fail: they have grown a second idea.
import { globSync, readFileSync } from 'node:fs'
import ts from 'typescript'

const FILE_LIMIT = 500
const FUNCTION_LIMIT = 120

const files = globSync(['src-main/**/*.ts', 'src-renderer/**/*.{ts,svelte}', 'test/**/*.ts', 'scripts/*.mjs'])
const fileRows = files.map((file) => ({ name: file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
const functionRows = files.filter((file) => file.endsWith('.ts')).flatMap(functionsOf)

print('files', fileRows)
print('functions', functionRows)
const tooLong = [...fileRows.filter((row) => row.lines > FILE_LIMIT), ...functionRows.filter((row) => row.lines > FUNCTION_LIMIT)]
for (const row of tooLong) console.error(`${row.name}: ${row.lines} lines; split it by idea.`)
process.exitCode = tooLong.length > 0 ? 1 : 0

function functionsOf(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const rows = []
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) rows.push({ name: `${file} ${nameOf(node)}`, lines: linesOf(source, node) })
    ts.forEachChild(node, visit)
  }
  // A test file's describe callbacks are containers, not functions.
  if (!file.startsWith('test/')) visit(source)
  return rows
}

function nameOf(node) {
  return node.name?.getText() ?? node.parent?.name?.getText?.() ?? '(anonymous)'
}

function linesOf(source, node) {
  const line = (position) => source.getLineAndCharacterOfPosition(position).line
  return line(node.end) - line(node.getStart()) + 1
}

function print(title, rows) {
  console.log(`Longest ${title}`)
  for (const row of rows.toSorted((a, b) => b.lines - a.lines).slice(0, 10))
    console.log(`  ${String(row.lines).padStart(5)}  ${row.name}`)
}
