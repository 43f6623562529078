import fc from 'fast-check'
import {times} from './sim/random.ts'

// Loaded before the tests of `npm run test:long`: properties that name no number of runs get theirs from here.
fc.configureGlobal({numRuns: times(100)})
