/** Server-sent events from a byte stream. Source: WHATWG HTML, sections 9.2.5 and 9.2.6. */

export interface ServerSentEvent {
  readonly type: string;
  readonly data: string;
}

export interface SseListener {
  readonly onEvent: (event: ServerSentEvent) => void;
  /** For each block that has an id, also one without data: Truesend says so where a stream begins. Comes before its event. */
  readonly onId: (id: string) => void;
  readonly onRetry: (delayMs: number) => void;
}

/** Takes text as it comes, cut anywhere; tells whole events only. */
export class SseParser {
  private rest = '';
  private isAtStart = true;
  private data: string[] = [];
  private type = '';
  private id: string | null = null;

  constructor(private readonly listener: SseListener) {}

  feed(text: string): void {
    let unread = this.rest + text;
    if (this.isAtStart && unread !== '') {
      this.isAtStart = false;
      if (unread.startsWith('\uFEFF')) unread = unread.slice(1);
    }
    const lineEnd = /\r\n|\n|\r(?!$)/g;
    let start = 0;
    for (let end = lineEnd.exec(unread); end; end = lineEnd.exec(unread)) {
      this.takeLine(unread.slice(start, end.index));
      start = lineEnd.lastIndex;
    }
    this.rest = unread.slice(start);
  }

  private takeLine(line: string): void {
    if (line === '') {
      this.finishBlock();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    this.takeField(name, value);
  }

  private takeField(name: string, value: string): void {
    if (name === 'data') this.data.push(value);
    else if (name === 'event') this.type = value;
    else if (name === 'id' && !value.includes('\0')) this.id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.listener.onRetry(Number(value));
  }

  private finishBlock(): void {
    if (this.id !== null) this.listener.onId(this.id);
    if (this.data.length > 0) {
      this.listener.onEvent({ type: this.type === '' ? 'message' : this.type, data: this.data.join('\n') });
    }
    this.data = [];
    this.type = '';
    this.id = null;
  }
}
