/** What the store uses of WebAssembly. The compiler knows it only as a part of browsers, which would bring all of theirs. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: {readonly initial: number; readonly maximum: number; readonly shared: true})
    readonly buffer: SharedArrayBuffer
  }

  const Module: new (code: Uint8Array) => object

  class Instance {
    constructor(module: object, imports: Readonly<Record<string, Readonly<Record<string, Memory>>>>)
    readonly exports: object
  }
}
