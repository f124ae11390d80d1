import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist/**', 'src/components.d.ts'] },
  ...ts.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.{ts,vue}'],
    languageOptions: { parserOptions: { parser: ts.parser }, globals: globals.browser },
    rules: {
      'no-console': ['error', { allow: ['warn'] }],
      'max-lines': ['error', 400],
      eqeqeq: 'error',
      'vue/multi-word-component-names': 'off',
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-v-html': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  // One file per language, so that a translator sees the whole voice at once.
  { files: ['src/locales/*.ts'], rules: { 'max-lines': 'off' } },
  prettier,
)
