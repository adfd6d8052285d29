/**
 * Memory that is used again and again: whoever takes it anew ends the loan before, and a tensor
 * over it cannot be read any more. Without this it would have other numbers, and nothing would
 * tell.
 */
export class Loan {
  private isRunning = true;

  end(): void {
    this.isRunning = false;
  }

  /** @throws Error */
  assertRunning(): void {
    if (!this.isRunning) throw new Error('a tensor is read whose memory has been given to others: copy it before');
  }
}
