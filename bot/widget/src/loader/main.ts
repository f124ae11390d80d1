/** The button on other people's pages: `<script src="https://…/widget.js" data-label="…" data-locale="…" async></script>`. */
import { pickLocale } from '../texts';
import * as en from '../texts.en';
import * as zh from '../texts.zh-CN';
import { exitAddress } from '../wire';
import { Launcher } from './launcher';

function start(script: HTMLScriptElement): void {
  const settings = script.dataset;
  const locale = pickLocale([settings['locale'], document.documentElement.lang, navigator.language]);
  const texts = locale === 'en' ? en.loader : zh.loader;
  const origin = new URL(script.src, window.location.href).origin;
  const launcher = new Launcher({
    origin,
    locale: settings['locale'] || locale,
    texts,
    label: settings['label'] || texts.label,
    exit: exitAddress(settings['exit']),
    nonce: script.nonce || settings['nonce'] || '',
  });
  const put = (): void => launcher.mount();
  if (document.body) put();
  else document.addEventListener('DOMContentLoaded', put);
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement && !document.querySelector('[data-note-launcher]')) start(script);
