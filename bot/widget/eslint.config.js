import js from '@eslint/js';
import globals from 'globals';
import ts from 'typescript-eslint';

// Built-ins that Chrome 70 WebViews lack and that no build step adds. (tsconfig's lib already hides what came after ES2018.)
const tooNew = ['replaceChildren', 'replaceAll', 'randomUUID', 'hasOwn', 'structuredClone'];

export default ts.config(
  { ignores: ['dist', 'node_modules'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  {
    files: ['src/**/*.ts'],
    languageOptions: { globals: globals.browser },
    rules: {
      'no-eval': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
      'max-lines': ['error', 400],
      'no-restricted-properties': [
        'error',
        ...tooNew.map((property) => ({ property, message: 'not in Chrome 70' })),
        { property: 'innerHTML', message: 'words are set as text, never as markup' },
        { property: 'outerHTML', message: 'words are set as text, never as markup' },
        { property: 'insertAdjacentHTML', message: 'words are set as text, never as markup' },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'globalThis', message: 'not in Chrome 70' },
        { name: 'queueMicrotask', message: 'not in Chrome 70' },
      ],
    },
  },
  { files: ['scripts/**', '*.config.*', 'tests/**'], languageOptions: { globals: globals.node } },
);
