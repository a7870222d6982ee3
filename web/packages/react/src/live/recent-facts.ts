/**
 * The newest fact of each row that was heard of lately. A list that was asked for before a fact and arrives after it would
 * undo what the fact told; it is held against these first.
 */
export class RecentFacts<Fact extends { readonly id: string; readonly version: number }> {
  private readonly newest = new Map<string, Fact>();

  constructor(private readonly limit: number) {}

  note(fact: Fact): void {
    const known = this.newest.get(fact.id);
    if (known && known.version > fact.version) return;
    this.newest.delete(fact.id);
    this.newest.set(fact.id, fact);
    if (this.newest.size > this.limit) {
      const oldest = this.newest.keys().next();
      if (!oldest.done) this.newest.delete(oldest.value);
    }
  }

  get(id: string): Fact | undefined {
    return this.newest.get(id);
  }
}
