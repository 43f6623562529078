/** What is handed to us on standard input, in pieces as they come. Each piece is ours to keep. */
export function standardInput(): AsyncIterator<Buffer> {
  // Somebody who stops us does not wait for an input that may never end.
  const {stdin} = process
  return stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>
}
