type Attributes = Readonly<Record<string, string | number>>;

/** One element; texts in `children` are escaped already (`text` does it). */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${list.join('')}>${children.join('')}</${name}>`;
}

/** Coordinates to a tenth of a pixel: more makes the text long and nothing better. */
export function px(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Backticks around code are for those who draw it otherwise; here they would stand as they are. */
export function text(x: number, y: number, words: string, attributes: Attributes = {}): string {
  return element('text', { x: px(x), y: px(y), ...attributes }, escaped(words.replaceAll('`', '')));
}

export function rect(x: number, y: number, width: number, height: number, attributes: Attributes): string {
  return element('rect', { x: px(x), y: px(y), width: px(width), height: px(height), ...attributes });
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string {
  return element('line', { x1: px(x1), y1: px(y1), x2: px(x2), y2: px(y2), ...attributes });
}

/** What XML takes; a control character would make the whole picture unreadable. */
function escaped(words: string): string {
  return words
    .toWellFormed()
    .replaceAll(/(?![\t\n])[\p{Cc}\ufffe\uffff]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
