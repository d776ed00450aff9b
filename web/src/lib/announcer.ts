// Speaks state changes to assistive technology: the newest sentence only, at most one per interval, never the same
// one twice in a row.
export const ANNOUNCE_INTERVAL_MS = 5000;

export class Announcer {
  private spoken = '';
  private next: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly speak: (sentence: string) => void) {}

  say(sentence: string): void {
    this.next = sentence;
    if (this.timer === undefined) this.flush();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private flush(): void {
    this.timer = undefined;
    if (this.next === null || this.next === this.spoken) return;
    this.spoken = this.next;
    this.next = null;
    this.speak(this.spoken);
    this.timer = setTimeout(() => this.flush(), ANNOUNCE_INTERVAL_MS);
  }
}
