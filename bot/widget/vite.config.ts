import { defineConfig, type Plugin } from 'vitest/config';
import { page } from './src/texts.zh-CN.ts';

/** The page has a title and its numbers before any script runs; the words come from the language file like all others. */
function words(): Plugin {
  const numbers = page.numbers
    .map((n) => `<p><a href="tel:${n.number}">${n.number}</a> ${n.name}</p>`)
    .join('');
  return {
    name: 'words-into-html',
    transformIndexHtml: (html) =>
      html.replace('%title%', page.title).replace('%noscript%', `<p>${page.noscript}</p>${numbers}`),
  };
}

export default defineConfig(({ mode }) => ({
  base: '/static/widget/',
  plugins: [words()],
  build: {
    target: ['es2018', 'chrome70'],
    cssTarget: ['chrome70'],
    modulePreload: false,
    sourcemap: false,
    ...(mode === 'loader'
      ? {
          emptyOutDir: false,
          lib: {
            entry: 'src/loader/main.ts',
            formats: ['iife' as const],
            name: 'note',
            fileName: () => 'widget.js',
          },
        }
      : { emptyOutDir: true, rollupOptions: { input: 'chat.html' } }),
  },
  test: {
    environment: 'happy-dom',
    include: ['tests/**/*.test.ts'],
    restoreMocks: true,
    onConsoleLog: (log) => !log.includes('Iframe page loading is disabled'),
  },
}));
