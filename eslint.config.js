import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import tseslint from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

/** Electron's own channels stay behind the typed bridge: only the rooms that make it may name them. */
const rawIpc = {
  'no-restricted-syntax': [
    'error',
    { selector: "Identifier[name='ipcMain']", message: 'Serve a method of contract/api instead of a raw channel.' },
    { selector: "Identifier[name='ipcRenderer']", message: 'Call workbench.ts instead of a raw channel.' },
  ],
}

export default tseslint.config(
  { ignores: ['out/', 'dist/', '**/node_modules/', 'test/fixtures/', 'resources/'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: { console: 'readonly', process: 'readonly', URL: 'readonly', Buffer: 'readonly', setTimeout: 'readonly' },
    },
    rules: {
      'no-undef': 'off', // TypeScript knows better
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off', // indices are checked by the loop that makes them
      eqeqeq: 'error',
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    files: ['src-main/**/*.ts', 'src-renderer/**/*.{ts,svelte}'],
    ignores: ['src-main/shell/**', 'src-main/preload/**'],
    rules: rawIpc,
  },
)
