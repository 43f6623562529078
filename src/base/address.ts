/** Where something listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** `logs.example.com:443`, `[::1]:443`. */
export function writeAddress({host, port}: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
