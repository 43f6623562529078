/** Exit codes of the action family, by name. Frozen: scripts, timers and CI jobs decide by them. */
export const exits = {
  done: 0,
  failed: 1,
  pending: 2,
  partial: 3,
  stuck: 4,
  refused: 5,
  absent: 10,
  locked: 11,
  unauthentic: 12,
  usage: 64,
  unavailable: 69,
  later: 75,
  invalid: 78,
  deadline: 124,
  interrupted: 130,
  terminated: 143
} as const

export type ExitWord = keyof typeof exits

/**
 * Which codes a command may end with: `check` gives a verdict (0 to 3), `action` does something, or judges a file
 * (0 or 78).
 */
export type Family = 'check' | 'action'
