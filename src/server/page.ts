/** One answer over HTTP, whichever port it is asked on. */
export interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

export function jsonPage(status: number, document: object): Page {
  return {status, type: 'application/json', body: `${JSON.stringify(document)}\n`}
}
