// Package f32 multiplies matrices of float32, and whatever is a matrix product in disguise: convolutions of images
// whose channels lie together.
//
// Everything rests on one small kernel, the [Tile]: a few rows by one panel of columns, held in registers while the
// products are added up. Its left factor is read where it lies, through offsets: the rows of a matrix are pixels of an
// image as well, and what a filter sees of it is the same row at other offsets, one for each tap. Its right factor is
// constant most of the time, and is packed into [Panels] once.
//
// Each kernel is there in plain Go and in assembly; a [cpu.Level] says which one runs. They differ by rounding only.
package f32
