// Package kernels holds the loops that compute: plain functions over slices and sizes.
//
// They know no tensors, types or operators. The caller has checked all sizes; a kernel reads and writes inside of the
// slices that it is given, allocates nothing, and is safe to run on several goroutines at once over different outputs.
package kernels
