import {formatDuration} from '../base/units.ts'
import type {Clock} from './clock.ts'
import type {Terminal} from './terminal.ts'

/** Tells on standard error what is being done: a live list where somebody watches, plain lines elsewhere. */
export interface Progress {
  begin(task: string, hint?: TaskHint): void
  finish(task: string, outcome: string): void
  /** Takes the live list off the screen. */
  close(): Promise<void>
}

/** What is known of a task when it begins. */
export interface TaskHint {
  /** Which of how many it is: `2/5`. */
  readonly position?: string
  readonly expectedMs?: number
}

export const silentProgress: Progress = {
  begin() {
    // Nobody wants to know.
  },
  finish() {
    // Nobody wants to know.
  },
  close: () => Promise.resolve()
}

export function plainProgress(terminal: Terminal, clock: Clock): Progress {
  const begun = new Map<string, Begun>()
  return {
    begin(task, hint = {}) {
      begun.set(task, {...hint, sinceMs: begun.get(task)?.sinceMs ?? clock.elapsed()})
    },
    finish(task, outcome) {
      const {sinceMs, position} = begun.get(task) ?? {sinceMs: clock.elapsed()}
      begun.delete(task)
      const tookMs = clock.elapsed() - sinceMs
      void terminal.tell(`${placed(task, position)}: ${outcome} (${formatDuration(tookMs)})\n`)
    },
    close: () => Promise.resolve()
  }
}

interface Begun extends TaskHint {
  readonly sinceMs: number
}

function placed(task: string, position: string | undefined): string {
  return position === undefined ? task : `[${position}] ${task}`
}

const redrawMs = 100
/** More lines than this would scroll a small terminal; the rest is counted. */
const linesMax = 12

/**
 * The running tasks, one a line with the time they took so far, and of how long where that is known: `… [2/5] verify
 * 3s / ~15s`. Redrawn in place.
 */
export function liveProgress(terminal: Terminal, clock: Clock): Progress {
  const running = new Map<string, Begun>()
  let drawnLines = 0
  let cancelTimer = clock.after(redrawMs, draw)

  function draw(): void {
    const now = clock.elapsed()
    const lines = [...running].map(([task, begun]) => `  … ${placed(task, begun.position)} ${spent(begun, now)}`)
    const rest = lines.length - linesMax
    const shown = rest > 0 ? [...lines.slice(0, linesMax), `  … +${rest}`] : lines
    void terminal.tell(erase() + shown.map((line) => `${line}\n`).join(''))
    drawnLines = shown.length
    cancelTimer = clock.after(redrawMs, draw)
  }

  function erase(): string {
    return drawnLines === 0 ? '' : `\u001b[${drawnLines}A\u001b[J`
  }

  return {
    begin: (task, hint = {}) =>
      void running.set(task, {...hint, sinceMs: running.get(task)?.sinceMs ?? clock.elapsed()}),
    finish: (task) => void running.delete(task),
    async close() {
      cancelTimer()
      await terminal.tell(erase())
      drawnLines = 0
    }
  }
}

/** An expectation that has not held is not told any more. */
function spent({sinceMs, expectedMs = 0}: Begun, nowMs: number): string {
  const spentMs = nowMs - sinceMs
  const soFar = formatDuration(spentMs)
  return spentMs < expectedMs ? `${soFar} / ~${formatDuration(expectedMs)}` : soFar
}
