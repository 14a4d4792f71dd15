// Package durable holds the few file operations that everything which must
// survive a power cut is built from.
//
// [FS] and [File] are the whole file interface: positioned reads and writes,
// data sync, preallocation, and the directory operations with a directory
// sync of their own, because a name is not durable until its directory is.
// [OS] implements them on the operating system; package crashfs implements
// them in memory and forgets, at a simulated power cut, whatever was not synced.
//
// Two small forms cover everything that is not a log:
//
//   - [Replace] writes a whole file so that a reader finds the old or the new
//     content and never a mixture;
//   - [AB] keeps one small value in two slots of one file, each with its
//     generation and checksum, and overwrites the older slot. It costs one
//     write and one sync an update and creates no names.
package durable
