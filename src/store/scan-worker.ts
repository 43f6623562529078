import {workerEnd} from '../host/workers.ts'
import {answerScan, type ScanGiven, type ScanOrder} from './scan-order.ts'

// The thread that searches the ring, started by scanner.ts: one order in, one answer out.
const end = workerEnd()
const {memory, layout} = end.given as ScanGiven
end.onMessage((order) => {
  const scanned = answerScan(memory, layout, order as ScanOrder)
  end.post(scanned, scanned.status === 'found' ? scanned.chunks.map((chunk) => chunk.buffer) : [])
})
