/** Styles of the launcher, set without inline style text: they hold under the strictest content policy. */

type Rules = Record<string, string>;

/** Always allowed (CSSOM), and enough to look right where nothing else is. */
export function dress(node: HTMLElement, rules: Rules): void {
  for (const [name, value] of Object.entries(rules)) node.style.setProperty(name, value);
}

const SHEET = `
button:focus-visible, a:focus-visible { outline: 3px solid #2F6B4F; outline-offset: 2px; }
button:hover { filter: brightness(0.96); }
@media (forced-colors: active) { button, a { border: 1px solid ButtonText !important; } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;

/** What element styles cannot say. Without constructable sheets it needs the host's nonce, and is done without otherwise. */
export function adopt(root: ShadowRoot, nonce: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    root.adoptedStyleSheets = [sheet];
  } catch {
    if (!nonce) return;
    const style = document.createElement('style');
    style.nonce = nonce;
    style.textContent = SHEET;
    root.appendChild(style);
  }
}

export const FONT = "'PingFang SC','HarmonyOS Sans SC',MiSans,'Noto Sans SC','Microsoft YaHei',sans-serif";

export const BUTTON: Rules = {
  'min-height': '48px',
  padding: '0 20px',
  border: '0',
  'border-radius': '24px',
  background: '#2F6B4F',
  color: '#FFFFFF',
  font: '16px/1.4 ' + FONT,
  cursor: 'pointer',
  'box-shadow': '0 2px 8px rgba(36,49,43,.18)',
};

export const PLAIN_BUTTON: Rules = {
  'min-height': '44px',
  'min-width': '44px',
  padding: '0 12px',
  border: '1px solid #DDD8CE',
  'border-radius': '22px',
  background: '#FFFFFF',
  color: '#24312B',
  font: '15px/1.4 ' + FONT,
  cursor: 'pointer',
};
