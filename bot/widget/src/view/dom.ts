/** Building nodes. Words are set as text only, styles through classes only. */

type Child = Node | string | null | undefined | false;

interface Props {
  class?: string;
  on?: { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
  [attribute: string]: unknown;
}

/** An element. `true` sets an attribute without value; false, null and undefined leave it out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'class') node.className = String(value);
    else if (name === 'on') listen(node, value as Props['on']);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  put(node, ...children);
  return node;
}

function listen(node: HTMLElement, on: Props['on']): void {
  for (const [name, listener] of Object.entries(on || {})) {
    node.addEventListener(name, listener as EventListener);
  }
}

export function put(node: Node, ...children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    node.appendChild(typeof child === 'string' ? document.createTextNode(child) : child);
  }
}

export function empty(node: Node): void {
  while (node.firstChild) node.removeChild(node.firstChild);
}

/** A button that does something on this page. */
export function button(
  label: string,
  className: string,
  press: () => void,
  props: Props = {},
): HTMLButtonElement {
  return h('button', { type: 'button', class: className, on: { click: press }, ...props }, label);
}

/** Text that only a screen reader gets. */
export function spoken(text: string): HTMLElement {
  return h('span', { class: 'spoken' }, text);
}

const SVG = 'http://www.w3.org/2000/svg';

/** A line drawing on a 24 × 24 field; decoration only, so it is hidden from screen readers. */
export function drawing(path: string, className = 'icon'): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('focusable', 'false');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.appendChild(line);
  return svg;
}
