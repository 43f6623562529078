import {seedFromEnvironment, times} from '../sim/random.ts'
import {fileSamples} from './file-samples.ts'
import {testKinds} from './kinds.ts'
import {stepSamples} from './step-samples.ts'

const firstSeed = seedFromEnvironment()
const seeds = Array.from({length: times(2)}, (_, index) => firstSeed + index)

testKinds([...fileSamples, ...stepSamples], seeds)
