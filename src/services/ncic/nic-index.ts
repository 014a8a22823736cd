/** NICs by a text that records have. Nearly every text has one record, so that only further ones cost a set. */
export class NicIndex {
  readonly #all = new Map<string, string | Set<string>>()

  add(text: string, nic: string): void {
    const held = this.#all.get(text)
    if (held === undefined || held === nic) this.#all.set(text, nic)
    else if (typeof held === 'string') this.#all.set(text, new Set([held, nic]))
    else held.add(nic)
  }

  delete(text: string, nic: string): void {
    const held = this.#all.get(text)
    if (held === nic) this.#all.delete(text)
    else if (held instanceof Set && held.delete(nic) && held.size === 0) this.#all.delete(text)
  }

  /** In the order in which they came. */
  get(text: string): readonly string[] {
    const held = this.#all.get(text)
    return held === undefined ? [] : typeof held === 'string' ? [held] : [...held]
  }
}
