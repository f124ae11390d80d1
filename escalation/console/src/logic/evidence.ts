/** Where a word for a reason may stand, best first: the rule itself (`suicide.plan`), then its family (`suicide`). */
export function whyKeys(code: string): string[] {
  const parts = code.split('.')
  return [parts.slice(0, 2).join('_'), parts[0] ?? ''].filter(Boolean).map((name) => `whys.${name}`)
}
