/** For what is done after a failure: the first one is what counts, and another one changes nothing. */
export async function quietly(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch {
    // Said above.
  }
}
