/**
 * Where the kernel keeps what is its own: in the first page of the memory, around the control block of layout.ts. Vectors
 * of constants lie there, too: one that is written in the code is put together anew wherever it is used, which took a tenth
 * of the time of a line.
 */

// The words of levels by their hash: 64 keys of 8 bytes, then what they say, 1 byte each.
export const wordsAt: usize = 0
export const wordLevelsAt: usize = 512

// The last minute that was found valid at the start of a line, as its 16 characters.
export const minuteAt: usize = 576

// Vectors of one character each, or of one for each lower half of a byte.
export const squareAt: usize = 640
export const angleAt: usize = 656
export const equalsAt: usize = 672
export const quoteAt: usize = 688
export const blankAt: usize = 704
export const aboveBlankAt: usize = 720
export const keyEndsAt: usize = 736
export const toTopAt: usize = 752
export const belowTopAt: usize = 768
export const lowerHalfAt: usize = 784
export const groupsByLowerAt: usize = 800
export const groupsByUpperAt: usize = 816
export const lineFeedAt: usize = 832

// The sixteen lanes of a checksum.
export const lanesAt: usize = 896
// Its last piece, filled up with zeros.
export const lastStripeAt: usize = 960

// The control block: see `cells` in layout.ts.
export const headCell: usize = 1024
export const firstCell: usize = 1028
export const endCell: usize = 1032
export const takenAtCell: usize = 1036
export const takenRecordsCell: usize = 1040
export const takenLevelsCell: usize = 1044
export const takenEvictedCell: usize = 1048
export const sumLowCell: usize = 1052
export const sumHighCell: usize = 1056
export const levelsCell: usize = 1088

// Of the lines that are looked at together: the address of each LF, then where each record begins and how long it is.
export const lineEndsAt: usize = 4096
export const spansAt: usize = 8192
