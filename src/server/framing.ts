/**
 * How the bytes of one connection become records. A framing is pure: bytes in, calls on a sink out. It never throws
 * on what a sender says, holds no bytes itself, and gives the same records however the stream is split into reads.
 */
export type Protocol = 'raw' | 'syslog' | 'syslog-octet' | 'syslog-nul' | 'json' | 'logcaster'

/** Where records go: the store in production, a plain list in tests. Offsets are those of the shared memory. */
export interface LineSink {
  /**
   * Takes the lines that end with LF in memory[from, to), blank ones included, and stops behind the last LF or in
   * front of a line of more than `lineBytesMax` bytes. Returns how many bytes it took.
   */
  lines(from: number, to: number): number
  /** Takes memory[from, to), at least one byte, as one record that may hold LF. */
  record(from: number, to: number, flags: number): void
}

export interface Framing {
  /** May change while a stream shows what it is: `syslog` to `syslog-nul`, `syslog-octet` to `syslog`. */
  readonly protocol: Protocol
  /** Records can no longer be told apart: the connection has to end. Only in a session, where guessing would misnumber. */
  readonly isBroken: boolean
  /**
   * memory[from, to) holds the unfinished rest of before and behind it what was just read. Returns where the unfinished
   * rest begins: the caller keeps memory[rest, to), at most `lineBytesMax` + 16 bytes, and puts it in front of the next
   * read.
   */
  feed(from: number, to: number): number
  /**
   * Ends the unfinished rest here, for want of room: it becomes a cut record, and what still comes of it is skipped.
   * Returns as `feed` does.
   */
  cut(from: number, to: number): number
  /** The peer is done: what is left of a line becomes a partial record. */
  end(from: number, to: number): void
}

/** What a framing of one connection works with. */
export interface FramingOptions {
  readonly memory: Uint8Array
  readonly sink: LineSink
  readonly lineBytesMax: number
  readonly tally: FramingTally
}

/** What framings count; one for all connections of a server. */
export interface FramingTally {
  truncatedRecords: number
  skippedBytes: number
  framingErrors: number
}

/** What is said of a record beside its bytes; the numbers are those that the store keeps. */
export const recordFlags = {truncated: 1, partial: 2} as const
