// Package i8 multiplies matrices of bytes, and whatever is a matrix product in disguise: convolutions of images whose
// channels lie together.
//
// It is built like package f32: a [Tile] is a few rows by one panel of columns, whose sums are held in registers. Its
// left factor is read where it lies, uint8, or int8 with its sign bit turned over; its right factor is packed into
// [Panels], less its zero point. What the zero point of the left factor takes away is the same for all rows, and comes
// in with the bias: a multiple of the sum of each column. So sums are those of the standard to the bit, modulo 2^32.
//
// Each kernel is there in plain Go and in assembly; a [cpu.Level] says which one runs. They never differ.
package i8
